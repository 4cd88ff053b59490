package driver

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// An Object is what the jobs with objects send: about 1 KB as JSON. Its fields have
// the same names and values in the drivers of other languages.
type Object struct {
	ID     int64    `json:"id"`
	Name   string   `json:"name"`
	Active bool     `json:"active"`
	Ratio  float64  `json:"ratio"`
	Tags   []string `json:"tags"`
	Points []Point  `json:"points"`
	Text   string   `json:"text"`
}

// A Point is a part of an Object.
type Point struct {
	X     int64  `json:"x"`
	Y     int64  `json:"y"`
	Label string `json:"label"`
}

// NewObject returns object number n.
func NewObject(n int64) *Object {
	o := &Object{ID: n, Name: "Ada Lovelace", Active: true, Ratio: 0.625, Text: strings.Repeat("lorem ipsum dolor ", 28)}
	for i := range int64(10) {
		o.Tags = append(o.Tags, fmt.Sprintf("tag-%d", i))
		o.Points = append(o.Points, Point{i, i * i, fmt.Sprintf("point %d", i)})
	}
	return o
}

// Equal reports whether the two are the same.
func (o *Object) Equal(other *Object) bool { return reflect.DeepEqual(o, other) }

// Tree returns the object as maps and lists.
func (o *Object) Tree() (map[string]any, error) {
	var tree map[string]any
	err := remake(o, &tree)
	tree["id"] = o.ID // which has more digits than a float64
	return tree, err
}

// FromTree returns the object that maps and lists stand for.
func FromTree(tree any) (*Object, error) {
	o := new(Object)
	return o, remake(tree, o)
}

func remake(from, to any) error {
	b, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, to)
}
