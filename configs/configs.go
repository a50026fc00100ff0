// Package configs holds the files that the program brings with it: the
// commented default configuration and the camera profiles built in.
package configs

import "embed"

// Default is custodock.yaml: every setting with its default and what it means.
// Commands that write a first configuration write this.
//
//go:embed custodock.yaml
var Default []byte

// Profiles holds the built-in camera profiles as profiles/*.yaml; package
// ingest reads them.
//
//go:embed profiles/*.yaml
var Profiles embed.FS
