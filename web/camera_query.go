package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"custodock/ingest"
)

// cameraQuery is which cameras are listed, and in which order: the query of
// /cameras, so that a list can be kept and passed on as its address. What it
// does not know it takes for not said.
type cameraQuery struct {
	Text  string // in the serial, the model, or who holds it
	Unit  string
	Care  string // one of ingest's reasons, anyCare, or empty
	Where string // whereDocked, whereOut or whereRetired; empty for all that are used
	Sort  string // a column's name
	Desc  bool
	Page  int // from 1
}

const (
	anyCare      = "any"
	whereDocked  = "docked"
	whereOut     = "out"
	whereRetired = "retired"

	camerasAddress = "/cameras"
)

func parseCameraQuery(v url.Values) cameraQuery {
	q := cameraQuery{Text: strings.TrimSpace(v.Get("q")), Unit: v.Get("unit")}
	if care := v.Get("care"); care == anyCare || ingest.CareNamed(care) != 0 {
		q.Care = care
	}
	if where := v.Get("where"); slices.Contains([]string{whereDocked, whereOut, whereRetired}, where) {
		q.Where = where
	}
	name, desc := strings.CutPrefix(v.Get("sort"), "-")
	if i := columnNamed(name); i >= 0 {
		q.Sort, q.Desc = name, desc
	} else {
		q.Sort, q.Desc = columnCare, true
	}
	page, _ := strconv.Atoi(v.Get("page")) // what is no number is the first page
	q.Page = max(page, 1)
	return q
}

// Order is the sort parameter; empty for the usual order.
func (q cameraQuery) Order() string {
	switch {
	case q.Sort == columnCare && q.Desc:
		return ""
	case q.Desc:
		return "-" + q.Sort
	}
	return q.Sort
}

// address is where that list is.
func (q cameraQuery) address() string {
	v := make(url.Values)
	for name, value := range map[string]string{"q": q.Text, "unit": q.Unit, "care": q.Care, "where": q.Where, "sort": q.Order()} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.Page > 1 {
		v.Set("page", strconv.Itoa(q.Page))
	}
	if len(v) == 0 {
		return camerasAddress
	}
	return camerasAddress + "?" + v.Encode()
}

// with is the query with another reason, from the first page on.
func (q cameraQuery) with(care string) cameraQuery {
	q.Care, q.Page = care, 1
	return q
}

func (q cameraQuery) onPage(n int) cameraQuery {
	q.Page = n
	return q
}

// sortedBy is the query in the order of a column: the way round that is asked
// for more, and the other way when it is there already.
func (q cameraQuery) sortedBy(c *cameraColumn) cameraQuery {
	q.Desc = c.desc != (q.Sort == c.name && q.Desc == c.desc)
	q.Sort, q.Page = c.name, 1
	return q
}

// matches leaves Care out.
func (q *cameraQuery) matches(c *ingest.CameraState) bool {
	switch {
	case (c.Retired != nil) != (q.Where == whereRetired):
		return false
	case q.Where == whereDocked && c.Bay == nil, q.Where == whereOut && c.Bay != nil:
		return false
	case q.Unit != "" && (c.Holder == nil || c.Holder.Unit != q.Unit):
		return false
	case q.Text == "":
		return true
	}
	text := strings.ToLower(q.Text)
	texts := []string{c.Serial, c.Model}
	if h := c.Holder; h != nil {
		texts = append(texts, h.Badge, h.Name, h.Unit)
	}
	return slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(strings.ToLower(s), text) })
}

// needs reports whether the camera needs the care that is asked for.
func (q *cameraQuery) needs(c *ingest.CameraState) bool {
	if q.Care == anyCare {
		return c.Care != 0
	}
	return c.Care.Has(ingest.CareNamed(q.Care))
}

// sort puts a list in order. What is not known comes last either way, and what
// is alike goes by serial.
func (q *cameraQuery) sort(list []*ingest.CameraState) {
	column := &cameraColumns[columnNamed(q.Sort)]
	slices.SortFunc(list, func(a, b *ingest.CameraState) int {
		known := column.known != nil
		if known && column.known(a) != column.known(b) {
			if column.known(a) {
				return -1
			}
			return 1
		}
		order := 0
		if !known || column.known(a) {
			order = column.compare(a, b)
		}
		if q.Desc {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.Serial, b.Serial))
	})
}
