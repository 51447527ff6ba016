package vector

import (
	"encoding/xml"
	"fmt"
	"io"
	"time"
)

// The elements of JUnit's format, as far as its readers agree.
type junitSuites struct {
	XMLName xml.Name      `xml:"testsuites"`
	Suites  []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`

	took time.Duration
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitMessage `xml:"failure"`
	Skipped *junitMessage `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
}

// WriteJUnit writes the results as JUnit's XML: a suite for each area. Known
// failures count as skipped.
func WriteJUnit(w io.Writer, results []*Result) error {
	var all junitSuites
	suites := map[string]*junitSuite{}
	for _, r := range results {
		suite := suites[r.Vector.Area]
		if suite == nil {
			suite = &junitSuite{Name: r.Vector.Area}
			suites[suite.Name] = suite
			all.Suites = append(all.Suites, suite)
		}
		suite.add(r)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(r *Result) {
	c := junitCase{
		Name:  fmt.Sprintf("%s n=%d", r.Vector.Name, r.Size),
		Class: "vectors." + r.Vector.Area,
		Time:  seconds(r.Took),
	}
	switch r.Outcome {
	case Fail, Fixed:
		s.Failures++
		c.Failure = &junitMessage{r.Reason}
		c.Output = excerpt(r.Output, 50)
	case KnownFail, Skipped:
		s.Skipped++
		c.Skipped = &junitMessage{fmt.Sprintf("%s: %s", r.Outcome, r.Reason)}
	}
	s.Tests++
	s.took += r.Took
	s.Time = seconds(s.took)
	s.Cases = append(s.Cases, c)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
