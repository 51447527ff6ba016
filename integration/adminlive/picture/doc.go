// Package picture draws what a terminal shows as SVG: a screen as tmux captures
// it, with the escape sequences of its colours, becomes text in a frame, on a
// dark or on a light background.
//
// It imports nothing of this project.
package picture
