// Package store keeps clips: it makes their bytes durable in the archive and
// says in the catalog what is known of every clip, camera and docking.
//
// On disk, all below one data folder that must be one file system:
//
//	catalog.db                          bbolt: rows and indexes, made anew by [Rebuild]
//	archive/YYYY/MM/DD/SERIAL/NAME      a clip, byte for byte, never changed again
//	archive/YYYY/MM/DD/SERIAL/NAME.json its record: the catalog's row
//	archive/YYYY/MM/DD/SERIAL/SHA256SUMS
//	archive/ledger/YYYY-MM.jsonl        every other fact, one JSON object a line, append only
//	incoming/ID.part                    a copy under way
//	incoming/ID.resume                  what an interrupted one needs to go on
//	incoming/ID.json                    the record of one that is complete
//
// The order of things is the product's promise. Bytes come before rows: a clip
// is fsynced, read back from the disk, named, recorded and its folder fsynced
// before the catalog says "stored" ([Store.Put]). Facts come before rows too:
// each is a line in the ledger, fsynced, before the transaction that applies
// it, and the catalog remembers how far it has applied. So a catalog that a
// crash left behind catches up at the next Open, and a catalog that is lost
// altogether is made anew from the archive.
package store
