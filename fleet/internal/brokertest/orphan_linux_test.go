package brokertest

import (
	"os"
	"strconv"
	"strings"
)

// orphans are the states in which a broker does not outlive its test.
var orphans = []string{"running", "paused"}

// alive says whether there is such a process, and it is not a zombie.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
