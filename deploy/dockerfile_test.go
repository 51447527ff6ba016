package deploy

import (
	"os"
	"strings"
	"testing"
)

// Both Dockerfiles make the same image but for where its programs come from.
func TestBothDockerfilesMakeTheSameImage(t *testing.T) {
	const mark = "# The same from here on in both files.\n"
	var ends []string
	for _, file := range []string{"Dockerfile", "Dockerfile.source"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, end, found := strings.Cut(string(text), mark)
		if !found || !strings.Contains(end, "\nUSER 65532:65532\n") || !strings.Contains(end, `ENTRYPOINT ["`) {
			t.Errorf("%s ends with\n%s", file, end)
		}
		ends = append(ends, end)
	}
	if ends[0] != ends[1] {
		t.Errorf("Dockerfile ends with\n%s\nand Dockerfile.source with\n%s", ends[0], ends[1])
	}
}
