package vectors

import "embed"

// Files are the vectors and their schemas, as they were when the program was
// built.
//
//go:embed *.json bodies
var Files embed.FS
