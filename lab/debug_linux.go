package main

import "context"

func (p *program) debug(ctx context.Context, o *options, progress *progress) error { return nil }
