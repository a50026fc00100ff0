package mtpcam

import (
	"context"
	"errors"
	"slices"
	"strings"

	"custodock/device/mtp"
)

// maxStorages bounds how many a camera is asked for: one more than are walked,
// so that the walk reports the rest.
const maxStorages = mtp.MaxStorages + 1

// storage is a storage with a medium in it.
type storage struct {
	id mtp.StorageID
	mtp.StorageInfo
	described bool // the camera gave its StorageInfo
	never     bool // it has none to give
}

func (s storage) name() string {
	for _, name := range []string{s.StorageDescription, s.VolumeIdentifier} {
		if strings.TrimSpace(name) != "" {
			return strings.TrimSpace(name)
		}
	}
	return idName(s.id)
}

// storageIDs asks for the storages with a medium, in order of their numbers.
func storageIDs(ctx context.Context, s *mtp.Session) ([]mtp.StorageID, error) {
	ids, err := s.GetStorageIDs(ctx)
	if err != nil {
		return nil, err
	}
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id mtp.StorageID) bool { return !id.HasMedium() })
	return ids[:min(len(ids), maxStorages)], nil
}

// storages asks for all storages, in order of their numbers.
func storages(ctx context.Context, s *mtp.Session) ([]storage, error) {
	ids, err := storageIDs(ctx, s)
	if err != nil {
		return nil, err
	}
	var all []storage
	for _, id := range ids {
		st, err := describe(ctx, s, id)
		if err != nil {
			return nil, err
		}
		all = append(all, st)
	}
	return all, nil
}

func ids(all []storage) []mtp.StorageID {
	list := make([]mtp.StorageID, len(all))
	for i, st := range all {
		list[i] = st.id
	}
	return list
}

func describe(ctx context.Context, s *mtp.Session, id mtp.StorageID) (storage, error) {
	info, err := s.GetStorageInfo(ctx, id)
	if err != nil && unlessAbout(err) == nil {
		return storage{id: id, never: errors.Is(err, mtp.RespOperationNotSupported)}, nil
	}
	return storage{id: id, StorageInfo: info, described: true}, err
}
