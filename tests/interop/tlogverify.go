// An independent verifier: reads a log from a folder with the checksum database's own code (golang.org/x/mod/sumdb), shares
// nothing with Diwan, and says "verified SIZE ROOT" or why not.
//
//	tlogverify VKEY FOLDER
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func die(format string, args ...interface{}) {
	fmt.Printf(format+"\n", args...)
	os.Exit(1)
}

type folder string

func (f folder) Height() int                          { return 8 }
func (f folder) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		p := "tile/" + strings.TrimPrefix(t.Path(), "tile/8/")
		b, err := os.ReadFile(filepath.Join(string(f), p))
		if err != nil && t.W < 256 { // a partial tile is a prefix of the full one
			b, err = os.ReadFile(filepath.Join(string(f), strings.SplitN(p, ".p/", 2)[0]))
			if err == nil && len(b) > 32*t.W {
				b = b[:32*t.W]
			}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// bundle returns the entries of bundle n of a tree of the given size.
func (f folder) bundle(n, size int64) [][]byte {
	t := tlog.Tile{H: 8, L: 0, N: n, W: 256}
	if left := size - n*256; left < 256 {
		t.W = int(left)
	}
	p := "tile/entries/" + strings.TrimPrefix(t.Path(), "tile/8/0/")
	b, err := os.ReadFile(filepath.Join(string(f), p))
	if err != nil {
		die("%s: %v", p, err)
	}
	var entries [][]byte
	for len(b) >= 2 {
		l := int(binary.BigEndian.Uint16(b))
		if len(b) < 2+l {
			die("%s is cut off", p)
		}
		entries = append(entries, b[2:2+l])
		b = b[2+l:]
	}
	if len(b) != 0 || len(entries) != t.W {
		die("%s holds %d entries instead of %d", p, len(entries), t.W)
	}
	return entries
}

func main() {
	if len(os.Args) != 3 {
		die("usage: tlogverify VKEY FOLDER")
	}
	v, err := note.NewVerifier(os.Args[1])
	if err != nil {
		die("vkey: %v", err)
	}
	f := folder(os.Args[2])
	msg, err := os.ReadFile(filepath.Join(string(f), "checkpoint"))
	if err != nil {
		die("checkpoint: %v", err)
	}
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		die("checkpoint: %v", err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != v.Name() {
		die("checkpoint: origin or form")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		die("checkpoint: size: %v", err)
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != 32 {
		die("checkpoint: root")
	}
	var tree tlog.Tree
	tree.N = size
	copy(tree.Hash[:], root)
	r := tlog.TileHashReader(tree, f)
	for b := int64(0); b*256 < size; b++ {
		entries := f.bundle(b, size)
		var at []int64
		for i := range entries {
			at = append(at, tlog.StoredHashIndex(0, b*256+int64(i)))
		}
		hashes, err := r.ReadHashes(at)
		if err != nil {
			die("tiles: %v", err)
		}
		for i, e := range entries {
			if tlog.RecordHash(e) != hashes[i] {
				die("entry %d does not belong to the tree", b*256+int64(i))
			}
		}
	}
	fmt.Printf("verified %d %s\n", size, lines[2])
}
