package deploy

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// load reads a file as docker compose does, which checks it against compose's schema.
func load(t *testing.T, file string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{file}, cli.WithoutEnvironmentResolution)
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestCompose(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for file, count := range map[string]int{"compose/node.yml": 3, "compose/einstein.yml": 4} {
		project := load(t, file)
		if len(project.Services) != count {
			t.Errorf("%s: %d services", file, len(project.Services))
		}
		for name, s := range project.Services {
			if s.Image != "ringmend" || s.Build == nil || s.Build.Dockerfile != "deploy/Dockerfile.source" || s.Build.Context != root {
				t.Errorf("%s: %s: image %s, build %+v", file, name, s.Image, s.Build)
			}
			if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || s.StopGracePeriod == nil {
				t.Errorf("%s: %s lacks what all services have: %+v", file, name, s)
			}
			// It is found by the name that it listens at.
			command := strings.Join(append(s.Entrypoint, s.Command...), " ")
			if name != "proxy" && (s.Hostname != name || !strings.Contains(command, "--listen="+name+":3000")) {
				t.Errorf("%s: %s has the name %s and runs %s", file, name, s.Hostname, command)
			}
			for _, port := range s.Ports {
				if port.HostIP != "127.0.0.1" {
					t.Errorf("%s: %s: port %s is open to the world", file, name, port.Published)
				}
			}
		}
	}
}

// What make_partition names are containers.
func TestEinsteinCanBeCut(t *testing.T) {
	for name, s := range load(t, "compose/einstein.yml").Services {
		if name != "proxy" && (s.ContainerName != name || !slices.Equal(s.CapAdd, []string{"NET_ADMIN"})) {
			t.Errorf("%s: container %q, capabilities %q", name, s.ContainerName, s.CapAdd)
		}
	}
}
