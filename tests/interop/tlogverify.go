// An independent verifier: reads a log from a folder with the checksum database's own code (golang.org/x/mod/sumdb), shares
// nothing with Diwan, and says "verified SIZE ROOT" or why not.
//
//	tlogverify VKEY FOLDER                     the log and its checkpoint
//	tlogverify VKEY FOLDER K WITNESS-VKEY...   its checkpoint.settled, which K of the witnesses must have cosigned (C2SP
//	                                           tlog-cosignature); says "settled SIZE ROOT COUNT"
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
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

// A witness: cosignature/v1, key type 4.
type witness struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.id }

func (w witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	text := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(w.key, []byte(text), sig[8:])
}

func newWitness(vkey string) witness {
	p := strings.SplitN(vkey, "+", 3)
	if len(p) != 3 {
		die("witness: %s", vkey)
	}
	key, err := base64.StdEncoding.DecodeString(p[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		die("witness: %s: not a key of type 4", p[0])
	}
	h := sha256.Sum256(append([]byte(p[0]+"\n"), key...))
	if id := binary.BigEndian.Uint32(h[:]); fmt.Sprintf("%08x", id) != p[1] {
		die("witness: %s: key id", p[0])
	}
	return witness{p[0], binary.BigEndian.Uint32(h[:]), key[1:]}
}

func main() {
	if len(os.Args) != 3 && len(os.Args) < 5 {
		die("usage: tlogverify VKEY FOLDER [K WITNESS-VKEY...]")
	}
	v, err := note.NewVerifier(os.Args[1])
	if err != nil {
		die("vkey: %v", err)
	}
	f := folder(os.Args[2])
	known, name, need := []note.Verifier{v}, "checkpoint", 0
	if len(os.Args) > 3 {
		name = "checkpoint.settled"
		if need, err = strconv.Atoi(os.Args[3]); err != nil || need < 1 {
			die("K: %s", os.Args[3])
		}
		for _, k := range os.Args[4:] {
			known = append(known, newWitness(k))
		}
	}
	msg, err := os.ReadFile(filepath.Join(string(f), name))
	if err != nil {
		die("checkpoint: %v", err)
	}
	n, err := note.Open(msg, note.VerifierList(known...))
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
	if need > 0 {
		count, own := 0, false
		for _, s := range n.Sigs {
			if s.Name == v.Name() && s.Hash == v.KeyHash() {
				own = true
			} else {
				count++
			}
		}
		if !own || count < need {
			die("%d witnesses have cosigned, %d must", count, need)
		}
		fmt.Printf("settled %d %s %d\n", size, lines[2], count)
		return
	}
	fmt.Printf("verified %d %s\n", size, lines[2])
}
