// Package deploy is a module of its own for the tests of the files beside it: Kubernetes
// manifests are built by kustomize and decoded strictly into Kubernetes' own types, compose
// files are read by compose's own loader, and the two Dockerfiles make the same image. Whether
// the flags in them exist is tested where the programs are; integration/containers runs
// the image.
package deploy
