package report

import (
	"os"

	"github.com/ringmend/ringmend/lab/result"
)

func Write(path string, r *result.Run) error { return os.WriteFile(path, nil, 0o644) }
