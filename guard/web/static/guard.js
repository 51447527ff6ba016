// The page of ringmend-guard. All that comes from nodes is put into the page as text,
// never as HTML: see el.
"use strict";

const $ = (id) => document.getElementById(id);

// el makes an element. Its children are elements, or texts.
function el(tag, className, ...children) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  for (const c of children) e.append(c instanceof Node ? c : document.createTextNode(String(c)));
  return e;
}

const standings = [
  ["up", "good"], ["suspect", "warn"], ["silent", "warn"], ["faulty", "bad"], ["left", "faint"],
];
const toneOf = { alive: "good", up: "good", suspect: "warn", silent: "warn", faulty: "bad", tombstone: "bad", leave: "faint", left: "faint" };
const wordOf = { silent: "not answering" };
const pageSize = 200;
const maxEvents = 200;

let state = null;      // the latest
let members = [];      // of version membersVersion
let membersVersion = -1;
let limit = pageSize;  // rows to show
let connected = false;
let fetching = false;
let lastState = 0;     // when a state came, by this clock
let events = new Map();
const chosen = new Set(standings.map(([s]) => s));

function plural(n, what) { return `${n} ${what}${n === 1 ? "" : "s"}`; }

function duration(seconds) {
  seconds = Math.max(0, seconds);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ${Math.round(seconds % 3600 / 60)} min`;
  return `${Math.round(seconds / 86400)} days`;
}

function timeOf(text) {
  const at = new Date(text);
  const today = new Date().toDateString() === at.toDateString();
  const options = today ? { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false } :
    { month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
  const e = el("time", "", at.toLocaleString(undefined, options));
  e.dateTime = text;
  e.title = at.toISOString();
  return e;
}

// verdict says how the ring stands: in words, with the tone of the worst in it.
function verdict(s) {
  const c = s.counts;
  const sizes = s.sides.map((x) => x.nodes);
  switch (s.condition) {
  case "split": return ["bad", `Split into ${plural(s.sides.length, "side")}: ${sizes.slice(0, 8).join(" | ")}${sizes.length > 8 ? " …" : ""}`];
  case "unknown": return ["warn", "Nothing is known of the ring"];
  case "spreading": return ["warn", `One ring of ${c.members}, a change spreads`];
  }
  if (c.faulty || c.silent || c.suspect) return ["warn", `One ring of ${c.members}, not all up`];
  return ["good", `One ring of ${c.members}, all up`];
}

function showState() {
  const s = state;
  const [tone, words] = verdict(s);
  $("verdict").className = tone;
  if ($("verdict").textContent !== words) $("verdict").textContent = words;
  document.title = `${words} · ringmend-guard`;
  const c = s.counts;
  const parts = [];
  if (s.app) parts.push(`app ${s.app}`);
  for (const [name] of standings) if (c[name] || name === "up") parts.push(`${c[name]} ${wordOf[name] || name}`);
  if (s.splitSince) parts.push(`split since ${new Date(s.splitSince).toLocaleTimeString(undefined, { hour12: false })}`);
  parts.push(`mode ${s.mode}${s.mode === "ask" && s.approved ? ", approved" : ""}`);
  $("about").textContent = parts.join(" · ");
  showPlan(s);
  showFindings(s);
  showSides(s);
  showAge();
}

function sideName(i) { return `P${i + 1}`; }

function showPlan(s) {
  $("plan-section").hidden = s.pairs.length === 0;
  const acts = s.mode === "heal" || s.approved;
  $("plan").replaceChildren(...s.pairs.slice(0, 20).map((p) => {
    const li = el("li", "", el("b", "", `${sideName(p.a)} and ${sideName(p.b)}: `));
    if (p.relation === "strangers") {
      li.append("they do not know each other, and nothing is done");
      return li;
    }
    if (p.rebirths) li.append(`${plural(p.rebirths, "member")} must reincarnate first, or a merge would kill them`);
    else if (p.trouble) li.append(p.trouble);
    else li.append("can be merged as soon as one node reaches one of the other side");
    li.append(acts ? "." : s.mode === "ask" ? "; the guard waits for a yes." : "; the guard only looks.");
    return li;
  }));
  if (s.budgetUsedUp) $("plan").append(el("li", "", "The budget of calls is used up for this minute."));
  $("approve").hidden = s.mode !== "ask" || s.pairs.length === 0;
  $("yes").disabled = s.approved;
}

function showFindings(s) {
  $("findings-section").hidden = s.findings.length === 0;
  $("findings").replaceChildren(...s.findings.map((f) =>
    el("li", "", el("b", "", f.kind.replaceAll("-", " ") + ": "), f.text, ".",
      el("p", "faint", `Since ${new Date(f.since).toLocaleString(undefined, { hour12: false })}. What helps: ${f.help}.`))));
}

function showSides(s) {
  $("sides-title").textContent = s.sides.length > 1 ? `${s.sides.length} sides, each of nodes that gossip with each other` : "Sides";
  $("sides").replaceChildren(...s.sides.slice(0, 50).map((x, i) => {
    const card = el("div", "side", el("b", "", s.sides.length > 1 ? `${sideName(i)}: ${plural(x.nodes, "node")}` : plural(x.nodes, "node")));
    card.append(el("p", "faint", `such as ${x.sample}`));
    const counts = el("p", "", el("span", "good", `${x.alive} alive`));
    if (x.suspect) counts.append(", ", el("span", "warn", `${x.suspect} suspect`));
    if (x.faulty) counts.append(", ", el("span", "bad", `${x.faulty} faulty`));
    card.append(counts, el("p", "faint", x.views === 1 ? `all hold checksum ${x.checksum}` : `${x.views} views, most hold ${x.checksum}`));
    if (x.oneWay) card.append(el("p", "warn", "known one way only"));
    return card;
  }));
  if (s.sides.length > 50) $("sides").append(el("p", "faint", `and ${s.sides.length - 50} more`));
}

// showAge tells when what is shown is old: the guard sees nothing, or is not reached.
function showAge() {
  const stale = $("stale");
  if (!state) return;
  const now = Date.now();
  const age = (now - lastState) / 1000;
  const seen = new Date(state.seenAt).getTime();
  if (!connected || age > 3 * state.everySeconds + 15) {
    stale.textContent = `The guard is not reached. This is what it said ${duration(age)} ago.`;
    stale.hidden = false;
  } else if (state.error) {
    const known = seen > 0;
    const since = (new Date(state.at).getTime() - seen) / 1000 + age;
    stale.textContent = (known ? `No node answers. This is how the ring was ${duration(since)} ago. ` : "No node answers. ") + state.error;
    stale.hidden = false;
  } else {
    stale.hidden = true;
  }
}

function showEvents() {
  const list = [...events.values()].sort((a, b) => new Date(b.at) - new Date(a.at) || b.id - a.id).slice(0, maxEvents);
  events = new Map(list.map((e) => [keyOf(e), e]));
  $("no-events").hidden = list.length > 0;
  const tone = { "split-began": "bad", "split-changed": "bad", "split-ended": "good", faulty: "bad", silent: "warn", suspect: "warn",
    unreachable: "bad", reachable: "good", back: "good", trouble: "warn", solved: "good", merge: "good" };
  $("events").replaceChildren(...list.map((e) =>
    el("li", "", timeOf(e.at), el("span", `kind ${tone[e.kind] || ""}`, e.kind.replaceAll("-", " ")), e.text)));
}

function keyOf(e) { return `${e.id}/${e.at}/${e.kind}/${e.text}`; }

// Members.

function matches(m, words) {
  if (!chosen.has(m.standing)) return false;
  if (words.length === 0) return true;
  const labels = Object.entries(m.labels || {}).map(([k, v]) => `${k}=${v}`).join(" ");
  const text = `${m.address} ${m.standing} ${labels}`.toLowerCase();
  return words.every((w) => text.includes(w));
}

function showMembers() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const list = members.filter((m) => matches(m, words));
  const sides = members.length ? members[0].held.length : 0; // those of the same look
  const columns = ["Member", "Stands", ...(sides > 1 ? Array.from({ length: Math.min(sides, 8) }, (_, i) => `in ${sideName(i)}`) : []), "Incarnated", "Labels"];
  $("columns").replaceChildren(...columns.map((c) => el("th", "", c)));
  $("members").replaceChildren(...list.slice(0, limit).map((m) => row(m, sides)));
  $("shown").textContent = list.length === members.length ? `${members.length}` : `${list.length} of ${members.length}`;
  $("more").hidden = list.length <= limit;
  $("show-more").textContent = `Show ${Math.min(pageSize, list.length - limit)} more of ${list.length - limit}`;
}

function row(m, sides) {
  const open = el("button", "", m.address);
  open.type = "button";
  open.addEventListener("click", () => showDetails(m));
  const stands = el("td", toneOf[m.standing], wordOf[m.standing] || m.standing);
  if (sides > 1 && m.side >= 0) stands.append(el("span", "faint", ` on ${sideName(m.side)}`));
  const tr = el("tr", "", el("td", "", open), stands);
  if (sides > 1) for (const held of m.held.slice(0, 8)) tr.append(el("td", toneOf[held], held || "unknown"));
  tr.append(el("td", "faint", m.incarnation ? new Date(m.incarnation).toLocaleString(undefined, { hour12: false }) : ""), el("td", "labels", labelsOf(m)));
  return tr;
}

function labelsOf(m) { return Object.entries(m.labels || {}).map(([k, v]) => `${k}=${v}`).join(", "); }

// showDetails shows who holds a member for what: nodes that hold it for the same are one
// row.
async function showDetails(m) {
  $("details-title").textContent = m.address;
  $("details-about").textContent = m.error ? `It does not answer: ${m.error}` : labelsOf(m);
  $("opinions").replaceChildren();
  $("details").showModal();
  try {
    const answer = await getJSON(`/api/v1/member?address=${encodeURIComponent(m.address)}`);
    const groups = new Map();
    for (const o of answer.opinions) {
      const key = o.known ? `${o.status}/${o.incarnation}` : "";
      if (!groups.has(key)) groups.set(key, { o, nodes: [] });
      groups.get(key).nodes.push(o.node);
    }
    $("opinions").replaceChildren(...[...groups.values()].sort((a, b) => b.nodes.length - a.nodes.length).map(({ o, nodes }) =>
      el("tr", "", el("td", toneOf[o.status], o.known ? o.status : "unknown"), el("td", "", o.known ? o.incarnation : ""),
        el("td", "by", `${plural(nodes.length, "node")}: ${nodes.slice(0, 20).join(", ")}${nodes.length > 20 ? " …" : ""}`))));
  } catch (err) {
    $("opinions").replaceChildren(el("tr", "", el("td", "bad", String(err.message || err))));
  }
}

// Data.

async function getJSON(url) {
  const answer = await fetch(url, { cache: "no-store" });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error || answer.statusText);
  return body;
}

// fetchMembers gets the members when they have changed, once at a time, and not more than
// once a second: there may be a thousand.
async function fetchMembers() {
  if (fetching || !state || state.version === membersVersion) return;
  fetching = true;
  try {
    const answer = await getJSON("/api/v1/members");
    membersVersion = answer.version;
    members = answer.members;
    showMembers();
  } catch {
    // The stream tells whether the guard is reached, and the next state tries again.
  }
  setTimeout(() => { fetching = false; fetchMembers(); }, 1000);
}

async function fetchEvents() {
  try {
    const answer = await getJSON(`/api/v1/events?limit=${maxEvents}`);
    for (const e of answer.events) events.set(keyOf(e), e);
    showEvents();
  } catch (err) {
    $("no-events").textContent = `The history cannot be read: ${err.message || err}`;
    $("no-events").hidden = false;
  }
}

function connect() {
  const stream = new EventSource("/api/v1/stream");
  stream.addEventListener("open", () => { connected = true; fetchEvents(); });
  stream.addEventListener("state", (e) => {
    state = JSON.parse(e.data);
    lastState = Date.now();
    connected = true;
    showState();
    fetchMembers();
  });
  stream.addEventListener("happened", (e) => {
    const event = JSON.parse(e.data);
    events.set(keyOf(event), event);
    showEvents();
  });
  stream.addEventListener("error", () => {
    connected = false;
    showAge();
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 2000); // it was refused
  });
}

async function approve(yes) {
  try {
    const answer = await fetch("/api/v1/approve", { method: "POST", headers: { "X-Ringmend-Guard": "page" }, body: JSON.stringify({ yes }) });
    if (!answer.ok) throw new Error((await answer.json()).error);
  } catch (err) {
    $("stale").textContent = `That was not taken: ${err.message || err}`;
    $("stale").hidden = false;
  }
}

function start() {
  for (const [name, tone] of standings) {
    const box = el("input");
    box.type = "checkbox";
    box.checked = true;
    box.addEventListener("change", () => { box.checked ? chosen.add(name) : chosen.delete(name); limit = pageSize; showMembers(); });
    $("standings").append(el("label", tone, box, ` ${wordOf[name] || name}`));
  }
  $("search").addEventListener("input", () => { limit = pageSize; showMembers(); });
  $("filters").addEventListener("submit", (e) => e.preventDefault());
  $("show-more").addEventListener("click", () => { limit += pageSize; showMembers(); });
  $("yes").addEventListener("click", () => approve(true));
  $("no").addEventListener("click", () => approve(false));
  setInterval(showAge, 1000);
  connect();
}

start();
