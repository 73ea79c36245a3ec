package staging

import "os"

// MarkName is the name of the mark in an area.
const MarkName = markName

// NoExchange makes this process do without the exchange of directories.
func NoExchange() { swapDirs = func(string, string) error { return errNoExchange } }

// KillBeforeMove kills this process before it has moved files so often.
func KillBeforeMove(moves int) {
	killing := func(move func(from, to string) error) func(from, to string) error {
		return func(from, to string) error {
			if moves--; moves >= 0 {
				return move(from, to)
			}
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			if err != nil {
				return err
			}
			select {}
		}
	}
	rename, swapDirs = killing(rename), killing(swapDirs)
}
