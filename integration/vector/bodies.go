package vector

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/ringmend/ringmend/node/wire"
)

// bodySchemas maps an endpoint to the name of the schema of its bodies. Those
// that are not listed are not checked.
var requestSchemas = map[string]string{
	wire.EndpointJoin:    "join-request",
	wire.EndpointPing:    "ping-request",
	wire.EndpointPingReq: "ping-req-request",
}

var answerSchemas = map[string]string{
	wire.EndpointJoin:         "join-answer",
	wire.EndpointPing:         "ping-answer",
	wire.EndpointPingReq:      "ping-req-answer",
	wire.EndpointStats:        "stats",
	wire.EndpointLookup:       "lookup",
	wire.EndpointHealth:       "health",
	wire.EndpointGossipStart:  "empty",
	wire.EndpointGossipStop:   "empty",
	wire.EndpointGossipToggle: "empty",
	wire.EndpointGossipTick:   "tick",
	wire.EndpointTick:         "tick",
	wire.EndpointMemberJoin:   "status",
	wire.EndpointMemberLeave:  "status",
	wire.EndpointJoinOld:      "status",
	wire.EndpointLeaveOld:     "status",
	wire.EndpointReap:         "status",
	wire.EndpointHeal:         "heal",
	wire.EndpointDebugSet:     "empty",
	wire.EndpointDebugClear:   "empty",
}

// Bodies checks the messages of a program against the JSON Schemas of its
// flavour.
type Bodies struct{ schemas map[string]*jsonschema.Schema }

// LoadBodies compiles the schemas for a flavour ("go" or "node"), which are
// bodies/FLAVOUR/NAME.schema.json.
func LoadBodies(files fs.FS, flavour string) (*Bodies, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(fileLoader{files})
	b := &Bodies{schemas: make(map[string]*jsonschema.Schema)}
	for _, schemas := range []map[string]string{requestSchemas, answerSchemas, {"": "error"}} {
		for _, name := range schemas {
			s, err := c.Compile(schemaURL + "bodies/" + flavour + "/" + name + ".schema.json")
			if err != nil {
				return nil, fmt.Errorf("schema of bodies: %w", err)
			}
			b.schemas[name] = s
		}
	}
	return b, nil
}

// schemaURL is where the schemas pretend to be.
const schemaURL = "https://ringmend.invalid/vectors/"

type fileLoader struct{ files fs.FS }

// Load implements jsonschema.URLLoader.
func (l fileLoader) Load(url string) (any, error) {
	path, ok := strings.CutPrefix(url, schemaURL)
	if !ok {
		return nil, fmt.Errorf("%s is not among the vectors", url)
	}
	data, err := fs.ReadFile(l.files, path)
	if err != nil {
		return nil, err
	}
	return decodeJSON(data)
}

// check returns what is wrong with a body, in one line.
func (b *Bodies) check(schema string, body any) error {
	return validate(b.schemas[schema], body)
}

func validate(schema *jsonschema.Schema, value any) error {
	err := schema.Validate(value)
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return err
	}
	printer := message.NewPrinter(language.English)
	var reasons []string
	var leaves func(e *jsonschema.ValidationError)
	leaves = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			leaves(cause)
		}
		if len(e.Causes) == 0 {
			reasons = append(reasons, fmt.Sprintf("/%s: %s", strings.Join(e.InstanceLocation, "/"), e.ErrorKind.LocalizedString(printer)))
		}
	}
	leaves(invalid)
	const most = 5
	if len(reasons) > most {
		reasons = append(reasons[:most], "…")
	}
	return errors.New(strings.Join(reasons, "; "))
}
