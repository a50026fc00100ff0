package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func addPasswordFile(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "password-file", "", "file whose first line is the password; - is standard input")
}

// newPassword returns the password that is to be: from a file, from what is
// piped in, or typed twice. It is never an argument, which every process of
// the machine can read.
func (a *app) newPassword(ctx context.Context, file string) (string, error) {
	switch {
	case file != "" && file != "-":
		f, err := os.Open(file)
		if err != nil {
			return "", usagef("--password-file: %v", err)
		}
		defer f.Close()
		return firstLine(f)
	case file == "-" || !isTerminal(a.stdin):
		return firstLine(a.stdin)
	}
	first, err := a.askPassword(ctx, "Password: ")
	if err != nil {
		return "", err
	}
	again, err := a.askPassword(ctx, "The same again: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", usagef("the two are not the same; nothing was changed")
	}
	return first, nil
}

// maxLine is more than any password.
const maxLine = 1 << 10

// firstLine is for text of which a password is the first line. A terminal
// gives a line at a time, so that nothing of the next is lost.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxLine)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if line == "" {
		return "", usagef("there is no password: give it on standard input, or with --password-file FILE")
	}
	return line, nil
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// askPassword asks on the terminal, which shows nothing of the answer and is
// as before afterwards, also when a signal breaks it off.
func (a *app) askPassword(ctx context.Context, prompt string) (string, error) {
	fd := int(a.stdin.Fd())
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	silent := *before
	silent.Lflag &^= unix.ECHO
	silent.Lflag |= unix.ICANON | unix.ISIG
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &silent); err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	defer func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, before) }()
	fmt.Fprint(a.stderr, prompt)
	defer fmt.Fprintln(a.stderr) // the end of the line was not shown either
	type answer struct {
		line string
		err  error
	}
	typed := make(chan answer, 1)
	go func() { // ends with the line, or with the process
		line, err := firstLine(a.stdin)
		typed <- answer{line, err}
	}()
	select {
	case got := <-typed:
		return got.line, got.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
