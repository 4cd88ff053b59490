package driver

import (
	"errors"
	"fmt"
	"time"
)

// objects calls a worker with objects. All of the first answers is looked at, and
// then their ids.
func objects(p Objects, kind string, span time.Duration) (Outcome, error) {
	asked := make([]*Object, 8)
	for i := range asked {
		asked[i] = NewObject(int64(i + 1))
	}
	c, err := p.Object(kind, asked)
	if err != nil {
		return Outcome{}, err
	}
	o, err := func() (Outcome, error) {
		for i, want := range asked {
			answer, err := c.Call(i)
			if err != nil {
				return Outcome{}, err
			}
			got, err := c.Whole(answer)
			if err != nil {
				return Outcome{}, err
			}
			if !want.Equal(got) {
				return Outcome{}, fmt.Errorf("the answer to the object %+v is %+v", want, got)
			}
		}
		return oneByOne(func(n int) error {
			i := n % len(asked)
			answer, err := c.Call(i)
			if err != nil {
				return err
			}
			if id := c.ID(answer); id != asked[i].ID {
				return fmt.Errorf("the answer to object %d is %d", asked[i].ID, id)
			}
			return nil
		}, span)
	}()
	return o, errors.Join(err, c.End())
}
