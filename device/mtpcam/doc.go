// Package mtpcam makes cameras of USB devices that speak MTP: a [Watcher]
// finds them, and says when they come and go.
package mtpcam
