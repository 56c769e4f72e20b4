package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// criLog writes container output in the format that the kubelet serves:
// time, stream, F(ull) or P(artial), text.
type criLog struct {
	path string
	mu   sync.Mutex
	f    *os.File
}

// open (re)opens the file, after the kubelet has rotated it.
func (l *criLog) open() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f != nil {
		l.f.Close()
	}
	l.f = f
	return nil
}

func (l *criLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.f.Close()
}

func (l *criLog) copy(stream string, r io.Reader) {
	in := bufio.NewReaderSize(r, 16<<10)
	for {
		line, partial, err := in.ReadLine()
		if err != nil {
			return
		}
		tag := "F"
		if partial {
			tag = "P"
		}
		l.mu.Lock()
		fmt.Fprintf(l.f, "%s %s %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), stream, tag, line)
		l.mu.Unlock()
	}
}
