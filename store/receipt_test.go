package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// done docks CAM0001 with two clips and stores them.
func done(t testing.TB, s *Store) (*Docking, []*Clip) {
	t.Helper()
	d, listed := see(t, s, "CAM0001", file("A.MP4", 2), file("B.MP4", 3)) // by SHA-256 they sort the other way
	var clips []*Clip
	for _, l := range listed {
		clips = append(clips, put(t, s, l.Clip.ID, make([]byte, l.Clip.Size)))
	}
	return d, clips
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d, clips := done(t, s)
	r := must[*Receipt](t)(s.MintReceipt(d.ID, at))
	if r.Docking != d.ID || r.Camera != "CAM0001" || r.Clips != 2 || r.Bytes != 5 || !r.At.Equal(at) || len(r.Of) != 2 {
		t.Errorf("receipt %+v", r)
	}
	if !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2}$`).MatchString(r.Code) {
		t.Errorf("code %s", r.Code)
	}
	before := rows(t, s)
	if again := must[*Receipt](t)(s.MintReceipt(d.ID, at.Add(time.Hour))); again.Code != r.Code || !again.At.Equal(at) {
		t.Errorf("again it is %+v; want the same", again)
	}
	checkRows(t, s, before)
	if row := must[*Docking](t)(s.Docking(d.ID)); row.Receipt != r.Code {
		t.Errorf("the docking has %q; want %s", row.Receipt, r.Code)
	}

	// One more clip comes while the camera is docked; both receipts hold.
	listed := listFiles(t, s, d, at, file("B.MP4", 3), file("A.MP4", 2), file("C.MP4", 1))
	put(t, s, listed[2].Clip.ID, []byte("c"))
	next := must[*Receipt](t)(s.MintReceipt(d.ID, at.Add(time.Hour)))
	if next.Code == r.Code || next.Clips != 3 || next.Bytes != 6 {
		t.Errorf("with one more clip it is %+v", next)
	}
	must[*Clip](t)(s.Released(clips[0].ID, at)) // and what becomes of the clips on the camera does not matter
	undock(t, s, d, at.Add(time.Hour))
	for _, want := range []*Receipt{r, next} {
		got, agrees, err := s.CheckReceipt(want.Code)
		if err != nil || !agrees || got.Clips != want.Clips || !slices.Equal(got.Of, want.Of) {
			t.Errorf("%s: %+v, %v, %v; want it to agree", want.Code, got, agrees, err)
		}
	}

	// All of it was there before: counted, and no part.
	d2, _ := see(t, s, "CAM0001", file("A.MP4", 2), file("C.MP4", 1))
	if known := must[*Receipt](t)(s.MintReceipt(d2.ID, at)); known.Clips != 0 || known.Known != 2 || known.Code == next.Code {
		t.Errorf("of known clips it is %+v", known)
	}
	checkWhole(t, s)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
	readOnly := must[*Store](t)(OpenReadOnly(options(s.opt.Dir)))
	defer readOnly.Close()
	if _, agrees, err := readOnly.CheckReceipt(r.Code); err != nil || !agrees {
		t.Errorf("read only: %v, %v", agrees, err)
	}
}

// Anybody who has the clips can make the code, by this text alone.
func TestReceiptText(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d, clips := done(t, s)
	var lines []string
	for _, c := range clips {
		lines = append(lines, fmt.Sprintf("%s %d %s", c.SHA256, c.Size, c.Path))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte("custodock receipt 1\n" + d.ID + "\n" + strings.Join(lines, "\n") + "\n"))
	bits := ""
	for _, b := range sum {
		bits += fmt.Sprintf("%08b", b)
	}
	want := ""
	for i := range 10 {
		var n int
		fmt.Sscanf(bits[5*i:5*i+5], "%b", &n)
		want += "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[n : n+1]
	}
	if got := must[*Receipt](t)(s.MintReceipt(d.ID, at)).Code; strings.ReplaceAll(got, "-", "") != want {
		t.Errorf("code %s; want %s (%s)", got, want, hex.EncodeToString(sum[:]))
	}
}

// What the catalog says of the clips has to be what it said then.
func TestReceiptDisagrees(t *testing.T) {
	t.Parallel()
	change := func(f func(*Clip)) func(tx *bolt.Tx, id string) error {
		return func(tx *bolt.Tx, id string) error {
			c, err := getRow[Clip](tx, bucketClips, id)
			if err != nil {
				return err
			}
			f(c)
			return putRow(tx, bucketClips, id, c)
		}
	}
	for name, spoil := range map[string]func(*bolt.Tx, string) error{
		"another hash": change(func(c *Clip) { c.SHA256 = strings.Repeat("0", 64) }),
		"another size": change(func(c *Clip) { c.Size++ }),
		"another path": change(func(c *Clip) { c.Path = "X.MP4" }),
		"not stored":   change(func(c *Clip) { c.State = Seen }),
		"row lost":     func(tx *bolt.Tx, id string) error { return tx.Bucket(bucketClips).Delete([]byte(id)) },
	} {
		s := openTest(t, t.TempDir())
		d, clips := done(t, s)
		r := must[*Receipt](t)(s.MintReceipt(d.ID, at))
		if err := s.db.Update(func(tx *bolt.Tx) error { return spoil(tx, clips[1].ID) }); err != nil {
			t.Fatal(err)
		}
		if got, agrees, err := s.CheckReceipt(r.Code); err != nil || agrees || got.Code != r.Code {
			t.Errorf("%s: %+v, %v, %v; want it not to agree", name, got, agrees, err)
		}
	}
}

// A code that another docking has gets longer.
func TestReceiptCollision(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d, _ := done(t, s)
	_, text, err := s.readReceipt(d.ID)
	if err != nil {
		t.Fatal(err)
	}
	other := &Receipt{Code: receiptCode(text[:receiptLength]), Docking: "another", At: at, Of: []string{}}
	if err := s.db.Update(func(tx *bolt.Tx) error { return applyReceipt(tx, other) }); err != nil {
		t.Fatal(err)
	}
	r := must[*Receipt](t)(s.MintReceipt(d.ID, at))
	if r.Code != receiptCode(text[:receiptLength+receiptMore]) {
		t.Errorf("code %s beside %s; want it longer", r.Code, other.Code)
	}
	if got, agrees, err := s.CheckReceipt(r.Code); err != nil || !agrees || got.Docking != d.ID {
		t.Errorf("%s: %+v, %v, %v", r.Code, got, agrees, err)
	}
	if got, _, err := s.CheckReceipt(other.Code); err != nil || got.Docking != "another" {
		t.Errorf("%s: %+v, %v", other.Code, got, err)
	}
	if again := must[*Receipt](t)(s.MintReceipt(d.ID, at)); again.Code != r.Code {
		t.Errorf("again it is %s; want %s", again.Code, r.Code)
	}
}

func TestPlainCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"K7QF-2M9X-4T":                      "K7QF2M9X4T",
		"k7qf2m9x4t":                        "K7QF2M9X4T",
		"k7 qf-2m9x 4t":                     "K7QF2M9X4T",
		"KO01-il1L-4T":                      "K001" + "1111" + "4T",
		"K7QF-2M9X-4TAB":                    "K7QF2M9X4TAB",
		"K7QF-2M9X":                         "",
		"K7QF-2M9X-4U":                      "",
		"K7QF-2M9X-4é":                      "",
		"":                                  "",
		strings.Repeat("A", receiptLimit+1): "",
	} {
		if got := plainCode(code); got != want {
			t.Errorf("%q is read as %q; want %q", code, got, want)
		}
	}
}

func TestCheckReceiptUnknown(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	for _, code := range []string{"K7QF-2M9X-4T", "", "nonsense", strings.Repeat("A", 1000)} {
		_, _, err := s.CheckReceipt(code)
		checkError(t, err, ErrNotFound)
	}
	_, err := s.MintReceipt("nothing", at)
	checkError(t, err, ErrNotFound)
}

// As many clips as a receipt may name fit into a line of the ledger, and of one
// more there is none.
func TestReceiptOfTooManyClips(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	d, clips := done(t, s)
	r := must[*Receipt](t)(s.MintReceipt(d.ID, at))
	r.Code, r.Clips = strings.Repeat("X", receiptLimit), maxReceipt
	for len(r.Of) < maxReceipt {
		r.Of = append(r.Of, clips[0].ID)
	}
	if err := r.bounded(); err != nil {
		t.Error(err)
	}
	if err := s.lock(); err != nil {
		t.Fatal(err)
	}
	err := s.commit(event{At: at, What: "receipt", Receipt: r})
	s.unlock()
	if err != nil {
		t.Errorf("a receipt of %d clips: %v", maxReceipt, err)
	}
	if r.Clips++; !errors.Is(r.bounded(), ErrManyClips) {
		t.Errorf("of one clip more: %v; want %v", r.bounded(), ErrManyClips)
	}
}
