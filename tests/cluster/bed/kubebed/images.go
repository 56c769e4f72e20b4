package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// imageStore is the kubelet's image service over a directory: an image
// NAME:TAG is the directory NAME/TAG with
//
//	run      the program started when the pod gives no command (may be a link)
//	args     optional arguments for it, one per line, before those of the pod
//	digest   optional "sha256:..."; by default the hash of run
//
// A registry host in NAME is a directory level like any other. Images can be
// added while the cluster runs.
type imageStore struct {
	dir string

	mu    sync.Mutex
	cache map[string]hashed // by path of run
}

type hashed struct {
	mtime  time.Time
	size   int64
	digest string
}

type image struct {
	name, tag, digest string // name without tag
	run               string
	args              []string
	size              int64
}

func (i *image) ref() string { return i.name + "@" + i.digest }

func newImageStore(dir string) *imageStore {
	return &imageStore{dir: dir, cache: map[string]hashed{}}
}

// find returns nil if there is no such image. ref is NAME[:TAG], NAME@DIGEST
// or a bare DIGEST, which is how the kubelet names an image it has pulled.
func (s *imageStore) find(ref string) (*image, error) {
	if name, digest, ok := strings.Cut(ref, "@"); ok || strings.HasPrefix(ref, "sha256:") {
		if !ok {
			name, digest = "", ref
		} else if i := strings.LastIndex(name, ":"); i > strings.LastIndex(name, "/") {
			name = name[:i] // NAME:TAG@DIGEST: the digest decides
		}
		all, err := s.all()
		for _, img := range all {
			if img.digest == digest && (name == "" || img.name == name) {
				return img, nil
			}
		}
		return nil, err
	}
	name, tag := ref, "latest"
	if i := strings.LastIndex(ref, ":"); i > strings.LastIndex(ref, "/") {
		name, tag = ref[:i], ref[i+1:]
	}
	return s.load(name, tag)
}

func (s *imageStore) load(name, tag string) (*image, error) {
	dir := filepath.Join(s.dir, filepath.Clean("/"+name), tag)
	run, err := filepath.EvalSymlinks(filepath.Join(dir, "run"))
	if os.IsNotExist(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	st, err := os.Stat(run)
	if err != nil {
		return nil, err
	}
	img := &image{name: name, tag: tag, run: run, size: max(st.Size(), 1)}
	if b, err := os.ReadFile(filepath.Join(dir, "args")); err == nil {
		img.args = strings.FieldsFunc(string(b), func(r rune) bool { return r == '\n' })
	}
	if b, err := os.ReadFile(filepath.Join(dir, "digest")); err == nil {
		img.digest = strings.TrimSpace(string(b))
		return img, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.cache[run]
	if !ok || !h.mtime.Equal(st.ModTime()) || h.size != st.Size() {
		f, err := os.Open(run)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		sum := sha256.New()
		if _, err := io.Copy(sum, f); err != nil {
			return nil, err
		}
		h = hashed{st.ModTime(), st.Size(), "sha256:" + hex.EncodeToString(sum.Sum(nil))}
		s.cache[run] = h
	}
	img.digest = h.digest
	return img, nil
}

func (s *imageStore) all() ([]*image, error) {
	var images []*image
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() != "run" || d.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(s.dir, filepath.Dir(path))
		if err != nil {
			return err
		}
		img, err := s.load(filepath.Dir(rel), filepath.Base(rel))
		if err == nil && img != nil {
			images = append(images, img)
		}
		return err
	})
	return images, err
}

func (i *image) api() *runtimeapi.Image {
	return &runtimeapi.Image{
		Id:          i.digest,
		RepoTags:    []string{i.name + ":" + i.tag},
		RepoDigests: []string{i.ref()},
		Size:        uint64(i.size),
		Spec:        &runtimeapi.ImageSpec{Image: i.name + ":" + i.tag},
	}
}

func (s *imageStore) ListImages(context.Context, *runtimeapi.ImageFilter) ([]*runtimeapi.Image, error) {
	all, err := s.all()
	var out []*runtimeapi.Image
	for _, i := range all {
		out = append(out, i.api())
	}
	return out, err
}

func (s *imageStore) ImageStatus(_ context.Context, spec *runtimeapi.ImageSpec, _ bool) (*runtimeapi.ImageStatusResponse, error) {
	i, err := s.find(spec.Image)
	if i == nil || err != nil {
		return &runtimeapi.ImageStatusResponse{}, err
	}
	return &runtimeapi.ImageStatusResponse{Image: i.api()}, nil
}

func (s *imageStore) PullImage(_ context.Context, spec *runtimeapi.ImageSpec, _ *runtimeapi.AuthConfig, _ *runtimeapi.PodSandboxConfig) (string, error) {
	i, err := s.find(spec.Image)
	if err != nil {
		return "", err
	}
	if i == nil {
		return "", status.Errorf(codes.NotFound, "failed to pull image %q: not found", spec.Image)
	}
	return i.digest, nil
}

func (s *imageStore) RemoveImage(context.Context, *runtimeapi.ImageSpec) error { return nil }

func (s *imageStore) ImageFsInfo(context.Context) (*runtimeapi.ImageFsInfoResponse, error) {
	fs := []*runtimeapi.FilesystemUsage{{
		Timestamp:  time.Now().UnixNano(),
		FsId:       &runtimeapi.FilesystemIdentifier{Mountpoint: s.dir},
		UsedBytes:  &runtimeapi.UInt64Value{Value: 1},
		InodesUsed: &runtimeapi.UInt64Value{Value: 1},
	}}
	return &runtimeapi.ImageFsInfoResponse{ImageFilesystems: fs, ContainerFilesystems: fs}, nil
}

func (s *imageStore) Close(context.Context) error { return nil }
