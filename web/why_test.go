package web

import (
	"strings"
	"testing"
	"time"

	"custodock/store"
)

// whyNow is when the clips of these tests are looked at: 26 Nov at 12:00.
var whyNow = time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC)

// whyClip is a clip that ended on 24 Nov at 10:00, as the station's people read
// it, was docked on 25 Nov at 15:58 and stored at 16:00.
func whyClip(change func(c *store.Clip)) *store.Clip {
	end := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	c := &store.Clip{
		Kind: store.KindVideo, State: store.Stored, EndEarliest: end, EndLatest: end, RecordedEnd: end, DueAt: end.Add(24 * time.Hour),
		SeenAt: end.Add(29*time.Hour + 58*time.Minute), StoredAt: end.Add(30 * time.Hour), Clock: store.ClockTrusted,
	}
	change(c)
	rule := store.Rule{Window: 24 * time.Hour, DueSoon: 4 * time.Hour}
	c.Deadline = rule.Judge(c, whyNow)
	if c.Decision != nil && !c.EndEarliest.Equal(c.EndLatest) {
		return c // by how much is not known
	}
	switch c.Deadline {
	case store.Late, store.Excused:
		c.LateBy = c.StoredAt.Sub(c.DueAt).Seconds()
	case store.Overdue:
		c.LateBy = whyNow.Sub(c.DueAt).Seconds()
	}
	return c
}

// unstored takes back that a clip is stored.
func unstored(c *store.Clip) { c.State, c.StoredAt = store.Seen, time.Time{} }

// stay is a docking of so many hours after the recording's end, give or take.
func stay(from, to time.Duration) store.Docking {
	end := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	d := store.Docking{Bay: 3, DockedAt: end.Add(from), Complete: true}
	if to > 0 {
		d.UndockedAt, d.Closed = end.Add(to), store.ClosedUndocked
	}
	return d
}

func stayed(d store.Docking, closed string, complete bool) store.Docking {
	if d.Closed, d.Complete = closed, complete; closed == store.ClosedInterrupted {
		d.ListedAt, d.UndockedAt = d.UndockedAt, time.Time{}
	}
	return d
}

// seenAfter has a clip seen so long after its recording ended.
func seenAfter(c *store.Clip, d time.Duration) { c.SeenAt = c.EndLatest.Add(d) }

// note puts something into a clip's history, so long after its recording ended.
func note(c *store.Clip, after time.Duration, what string) {
	c.History = append(c.History, store.Entry{At: c.EndLatest.Add(after), What: what})
}

// moved moves all of a clip's times.
func moved(c *store.Clip, by time.Duration) {
	for _, t := range []*time.Time{&c.EndEarliest, &c.EndLatest, &c.RecordedEnd, &c.DueAt, &c.SeenAt, &c.StoredAt} {
		if !t.IsZero() {
			*t = t.Add(by)
		}
	}
}

// extension excuses a clip up to a day after a return so long after its
// recording ended.
func extension(c *store.Clip, returned time.Duration) *store.Extension {
	at := c.EndLatest.Add(returned)
	return &store.Extension{Reason: store.OffSite, Returned: at, DueAt: at.Add(24 * time.Hour), By: "王队"}
}

func decided(as store.Deadline) *store.Decision {
	return &store.Decision{Deadline: as, At: whyNow.Add(-time.Hour), By: "王队", Note: "他自己说的"}
}

// full is a docking in which the archive had no room, so long after the
// recording's end.
func full(d store.Docking, after time.Duration) store.Docking {
	d.NoRoomAt = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC).Add(after)
	return d
}

var whyTests = []struct {
	name  string
	clip  func(c *store.Clip)
	stays stays
	short [2]string // en, zh
	says  [2]string // verdict | cause | story
}{
	{"docked too late", func(*store.Clip) {}, stays{stay(29*time.Hour+58*time.Minute, 0)},
		[2]string{"Camera seen after it was due", "识别时已超时限"},
		[2]string{
			"Late by 6 h 0 min. | The station saw the camera only after the clip was due. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 25 Nov at 15:58, and the clip was stored at 16:00.",
			"超时6小时储存。 | 采集工作站识别到该执法记录仪时，已超过应存时限。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月25日15:58入仓，文件当日16:00储存。",
		}},
	{"docked too late, not stored yet", unstored, stays{stay(29*time.Hour+58*time.Minute, 0)},
		[2]string{"Camera seen after it was due", "识别时已超时限"},
		[2]string{
			"Overdue by 1 d 2 h, and not stored yet. | The station saw the camera only after the clip was due. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 25 Nov at 15:58; the clip is not stored yet.",
			"已超时1天2小时，仍未储存。 | 采集工作站识别到该执法记录仪时，已超过应存时限。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月25日15:58入仓，文件尚未储存。",
		}},
	{"docked too late, and only the row is known", func(*store.Clip) {}, nil,
		[2]string{"Camera seen after it was due", "识别时已超时限"},
		[2]string{
			"Late by 6 h 0 min. | The station saw the camera only after the clip was due. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 25 Nov at 15:58, and the clip was stored at 16:00.",
			"超时6小时储存。 | 采集工作站识别到该执法记录仪时，已超过应存时限。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月25日15:58入仓，文件当日16:00储存。",
		}},
	{"docked before, and could not be listed", func(*store.Clip) {}, stays{stayed(stay(5*time.Hour, 6*time.Hour), store.ClosedUndocked, false), stay(29*time.Hour+58*time.Minute, 0)},
		[2]string{"Camera could not be read before", "此前入仓时无法读取"},
		[2]string{
			"Late by 6 h 0 min. | The camera was in a bay before, on 24 Nov at 15:00, but not all of it could be read then. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 25 Nov at 15:58, and the clip was stored at 16:00.",
			"超时6小时储存。 | 执法记录仪此前（11月24日15:00）曾入仓，但当时内容未能全部读取。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月25日15:58入仓，文件当日16:00储存。",
		}},
	{"failed three times", func(c *store.Clip) {
		unstored(c)
		seenAfter(c, 4*time.Hour)
		c.State, c.Attempts = store.Failed, 3
		note(c, 5*time.Hour, "failed")
	}, stays{stay(4*time.Hour, 0)},
		[2]string{"Copy failed", "采集失败"},
		[2]string{
			"Overdue by 1 d 2 h, and not stored yet. | The camera was in the bay in time, but the copy failed 3 times. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 24 Nov at 14:00; the clip is not stored yet.",
			"已超时1天2小时，仍未储存。 | 执法记录仪按时入仓，但采集失败3次。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月24日14:00入仓，文件尚未储存。",
		}},
	{"failed, and stored at last", func(c *store.Clip) {
		seenAfter(c, 4*time.Hour)
		note(c, 5*time.Hour, "failed")
		note(c, 29*time.Hour, "failed")
	}, stays{stay(4*time.Hour, 0)},
		[2]string{"Copy failed", "采集失败"},
		[2]string{
			"Late by 6 h 0 min. | The camera was in the bay in time, but the copy failed, first on 24 Nov at 15:00. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 24 Nov at 14:00, and the clip was stored on 25 Nov at 16:00.",
			"超时6小时储存。 | 执法记录仪按时入仓，但采集失败，首次失败于11月24日15:00。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月24日14:00入仓，文件11月25日16:00储存。",
		}},
	{"failed only once it was late", func(c *store.Clip) { seenAfter(c, 4*time.Hour); note(c, 29*time.Hour, "failed") }, stays{stay(4*time.Hour, 0)},
		[2]string{"Station did not get to it", "采集工作站未及时采集"},
		[2]string{
			"Late by 6 h 0 min. | The camera was in the bay in time, but the station did not get to the clip. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 24 Nov at 14:00, and the clip was stored on 25 Nov at 16:00.",
			"超时6小时储存。 | 执法记录仪按时入仓，但采集工作站未能及时采集该文件。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月24日14:00入仓，文件11月25日16:00储存。",
		}},
	{"pulled, and not back", func(c *store.Clip) { unstored(c); seenAfter(c, 4*time.Hour) }, stays{stay(4*time.Hour, 4*time.Hour+10*time.Minute)},
		[2]string{"Taken out before it was copied", "未采集完即取出"},
		[2]string{
			"Overdue by 1 d 2 h, and not stored yet. | The camera was in the bay in time, but was taken out on 24 Nov at 14:10, before the clip was copied. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 24 Nov at 14:00; the clip is not stored yet.",
			"已超时1天2小时，仍未储存。 | 执法记录仪按时入仓，但11月24日14:10在该文件采集完成前被取出。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月24日14:00入仓，文件尚未储存。",
		}},
	{"pulled, and back too late", func(c *store.Clip) { seenAfter(c, 4*time.Hour); note(c, 29*time.Hour+58*time.Minute, "seen again") }, stays{stay(4*time.Hour, 4*time.Hour+10*time.Minute), stay(29*time.Hour+58*time.Minute, 0)},
		[2]string{"Taken out before it was copied", "未采集完即取出"},
		[2]string{
			"Late by 6 h 0 min. | The camera was in the bay in time, but was taken out on 24 Nov at 14:10, before the clip was copied, and came back on 25 Nov at 15:58. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 24 Nov at 14:00, and the clip was stored on 25 Nov at 16:00.",
			"超时6小时储存。 | 执法记录仪按时入仓，但11月24日14:10在该文件采集完成前被取出，11月25日15:58才再次入仓。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月24日14:00入仓，文件11月25日16:00储存。",
		}},
	{"pulled, and only the last docking is known", func(c *store.Clip) { seenAfter(c, 4*time.Hour); note(c, 29*time.Hour+58*time.Minute, "seen again") }, stays{stay(29*time.Hour+58*time.Minute, 0)},
		[2]string{"Taken out before it was copied", "未采集完即取出"},
		[2]string{
			"Late by 6 h 0 min. | The camera was in the bay in time, but was taken out before the clip was copied. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 24 Nov at 14:00, and the clip was stored on 25 Nov at 16:00.",
			"超时6小时储存。 | 执法记录仪按时入仓，但在该文件采集完成前被取出。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月24日14:00入仓，文件11月25日16:00储存。",
		}},
	{"pulled, and back in time", func(c *store.Clip) { seenAfter(c, 4*time.Hour); note(c, 10*time.Hour, "seen again") }, stays{stay(4*time.Hour, 4*time.Hour+10*time.Minute), stay(10*time.Hour, 0)},
		[2]string{"Station did not get to it", "采集工作站未及时采集"},
		[2]string{
			"Late by 6 h 0 min. | The camera was in the bay in time, but the station did not get to the clip. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 24 Nov at 14:00, and the clip was stored on 25 Nov at 16:00.",
			"超时6小时储存。 | 执法记录仪按时入仓，但采集工作站未能及时采集该文件。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月24日14:00入仓，文件11月25日16:00储存。",
		}},
	{"the station stopped", func(c *store.Clip) { seenAfter(c, 4*time.Hour); note(c, 29*time.Hour, "seen again") }, stays{stayed(stay(4*time.Hour, 5*time.Hour), store.ClosedInterrupted, true), stay(29*time.Hour, 0)},
		[2]string{"Station stopped", "采集工作站停止运行"},
		[2]string{
			"Late by 6 h 0 min. | The camera was in the bay in time, but the station was stopped before the clip was copied; it had last heard of the camera on 24 Nov at 15:00, and had it again on 25 Nov at 15:00. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 24 Nov at 14:00, and the clip was stored on 25 Nov at 16:00.",
			"超时6小时储存。 | 执法记录仪按时入仓，但采集工作站在该文件采集完成前曾停止运行，停止前最后一次识别该执法记录仪为11月24日15:00，11月25日15:00重新识别。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月24日14:00入仓，文件11月25日16:00储存。",
		}},
	{"slow", func(c *store.Clip) { seenAfter(c, 20*time.Hour) }, stays{stay(20*time.Hour, 0)},
		[2]string{"Station did not get to it", "采集工作站未及时采集"},
		[2]string{
			"Late by 6 h 0 min. | The camera was in the bay in time, but the station did not get to the clip. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 25 Nov at 06:00, and the clip was stored at 16:00.",
			"超时6小时储存。 | 执法记录仪按时入仓，但采集工作站未能及时采集该文件。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月25日06:00入仓，文件当日16:00储存。",
		}},
	{"the archive was full", func(c *store.Clip) { seenAfter(c, 20*time.Hour) }, stays{full(stay(20*time.Hour, 0), 21*time.Hour)},
		[2]string{"Archive was full", "存储空间已满"},
		[2]string{
			"Late by 6 h 0 min. | The camera was in the bay in time, but the archive was full on 25 Nov at 07:00. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 25 Nov at 06:00, and the clip was stored at 16:00.",
			"超时6小时储存。 | 执法记录仪按时入仓，但存储空间已满（11月25日07:00）。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月25日06:00入仓，文件当日16:00储存。",
		}},
	{"the archive was full once it was late", func(c *store.Clip) { seenAfter(c, 20*time.Hour) }, stays{full(stay(20*time.Hour, 0), 25*time.Hour)},
		[2]string{"Station did not get to it", "采集工作站未及时采集"},
		[2]string{
			"Late by 6 h 0 min. | The camera was in the bay in time, but the station did not get to the clip. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 25 Nov at 06:00, and the clip was stored at 16:00.",
			"超时6小时储存。 | 执法记录仪按时入仓，但采集工作站未能及时采集该文件。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月25日06:00入仓，文件当日16:00储存。",
		}},
	{"gone", func(c *store.Clip) {
		unstored(c)
		seenAfter(c, 4*time.Hour)
		c.State = store.Gone
		note(c, 28*time.Hour, "gone")
	}, stays{stay(4*time.Hour, 5*time.Hour), stay(28*time.Hour, 0)},
		[2]string{"Gone from the camera, never stored", "执法记录仪上已不存在，从未储存"},
		[2]string{
			"Never stored: the clip is no longer on its camera. | The camera was in the bay in time, but the clip was no longer on it before it was copied. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 24 Nov at 14:00 with the clip on it; on 25 Nov at 14:00 the clip was no longer there.",
			"从未储存：执法记录仪上已没有该文件。 | 执法记录仪按时入仓，但采集前执法记录仪上已不存在该文件。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月24日14:00入仓时有该文件，11月25日14:00已不存在。",
		}},
	{"clock was reset", func(c *store.Clip) {
		c.EndEarliest, c.Clock, c.ClockReason = c.EndEarliest.Add(-9*time.Hour), store.ClockSuspect, "the camera gives no time"
		c.StoredAt = c.DueAt.Add(-time.Hour)
	}, nil,
		[2]string{"Camera's clock in doubt", "执法记录仪时钟存疑"},
		[2]string{
			"Undecidable: the clock does not tell whether it was in time. | If it ended first, it was due on 25 Nov at 01:00; if it ended last, at 10:00. A person who knows decides. | The recording ended at some time between 24 Nov 2026, 01:00 and 24 Nov 2026, 10:00. The camera was docked on 25 Nov at 15:58, and the clip was stored at 09:00.",
			"无法判定：凭时钟不能确定是否按时储存。 | 若按最早结束计算，时限为11月25日01:00；若按最晚结束计算，时限为当日10:00。须由了解情况的人员认定。 | 录制结束于2026年11月24日 01:00至2026年11月24日 10:00之间。执法记录仪11月25日15:58入仓，文件当日09:00储存。",
		}},
	{"nothing bounds it", func(c *store.Clip) {
		c.EndEarliest, c.Clock = time.Time{}, store.ClockSuspect
		c.StoredAt = c.DueAt.Add(-time.Hour)
	}, nil,
		[2]string{"Camera's clock in doubt", "执法记录仪时钟存疑"},
		[2]string{
			"Undecidable: the clock does not tell whether it was in time. | If it ended late, it was in time until 25 Nov 2026, 10:00; if it ended early, it was not. A person who knows decides. | The recording ended by 24 Nov 2026, 10:00; nothing says how early. The camera was docked on 25 Nov at 15:58, and the clip was stored at 09:00.",
			"无法判定：凭时钟不能确定是否按时储存。 | 若录制结束较晚，2026年11月25日 10:00前储存即为按时；若结束较早，则为超时。须由了解情况的人员认定。 | 录制最晚结束于2026年11月24日 10:00，最早时间无从判断。执法记录仪11月25日15:58入仓，文件当日09:00储存。",
		}},
	{"the station's clock", func(c *store.Clip) {
		c.StationClock = &store.StationClock{Behind: 864000}
		c.StoredAt = c.DueAt.Add(-time.Hour)
	}, nil,
		[2]string{"Station's clock in doubt", "采集工作站时钟存疑"},
		[2]string{
			"Undecidable: the clock does not tell whether it was in time. | The station's own clock was in doubt when the clip was stored. A person who knows decides. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 25 Nov at 15:58, and the clip was stored at 09:00.",
			"无法判定：凭时钟不能确定是否按时储存。 | 储存时采集工作站自身时钟存疑，须由了解情况的人员认定。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月25日15:58入仓，文件当日09:00储存。",
		}},
	{"excused", func(c *store.Clip) { c.Extension = extension(c, 12*time.Hour) }, stays{stay(29*time.Hour+58*time.Minute, 0)},
		[2]string{"Duty away from the unit", "异地执法办案"},
		[2]string{
			"Stored 6 h 0 min late, and excused. | The station saw the camera only after the clip was due. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 25 Nov at 15:58, and the clip was stored at 16:00. An extension gave it until 25 Nov 2026, 22:00: Duty away from the unit, returned on 24 Nov at 22:00, recorded by 王队.",
			"超时6小时储存，已准予延期。 | 采集工作站识别到该执法记录仪时，已超过应存时限。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月25日15:58入仓，文件当日16:00储存。曾准予延期至2026年11月25日 22:00：异地执法办案，11月24日22:00返回单位，由王队记录。",
		}},
	{"an extension that was not enough", func(c *store.Clip) { c.Extension = extension(c, 2*time.Hour) }, stays{stay(29*time.Hour+58*time.Minute, 0)},
		[2]string{"Camera seen after it was due", "识别时已超时限"},
		[2]string{
			"Late by 6 h 0 min. | The station saw the camera only after the clip was due. | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 25 Nov at 15:58, and the clip was stored at 16:00. An extension gave it until 25 Nov 2026, 12:00, which was not enough: Duty away from the unit, returned on 24 Nov at 12:00, recorded by 王队.",
			"超时6小时储存。 | 采集工作站识别到该执法记录仪时，已超过应存时限。 | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月25日15:58入仓，文件当日16:00储存。曾准予延期至2026年11月25日 12:00，仍未按期储存：异地执法办案，11月24日12:00返回单位，由王队记录。",
		}},
	{"decided late", func(c *store.Clip) {
		c.EndEarliest = c.EndEarliest.Add(-9 * time.Hour)
		c.StoredAt = c.DueAt.Add(-time.Hour)
		c.Decision = decided(store.Late)
	}, nil,
		[2]string{"Decided by a person", "人工认定"},
		[2]string{
			"Late, as was decided. |  | The recording ended at some time between 24 Nov 2026, 01:00 and 24 Nov 2026, 10:00. The camera was docked on 25 Nov at 15:58, and the clip was stored at 09:00. 王队 decided on 26 Nov at 11:00: Late.",
			"经人工认定为超时储存。 |  | 录制结束于2026年11月24日 01:00至2026年11月24日 10:00之间。执法记录仪11月25日15:58入仓，文件当日09:00储存。王队于11月26日11:00认定：超时储存。",
		}},
	{"decided on time", func(c *store.Clip) {
		c.EndEarliest = c.EndEarliest.Add(-9 * time.Hour)
		c.StoredAt = c.DueAt.Add(-time.Hour)
		c.Decision = decided(store.OnTime)
	}, nil,
		[2]string{"Decided by a person", "人工认定"},
		[2]string{
			"On time, as was decided. |  | The recording ended at some time between 24 Nov 2026, 01:00 and 24 Nov 2026, 10:00. The camera was docked on 25 Nov at 15:58, and the clip was stored at 09:00. 王队 decided on 26 Nov at 11:00: On time.",
			"经人工认定为按时储存。 |  | 录制结束于2026年11月24日 01:00至2026年11月24日 10:00之间。执法记录仪11月25日15:58入仓，文件当日09:00储存。王队于11月26日11:00认定：按时储存。",
		}},
	{"on time", func(c *store.Clip) { seenAfter(c, 4*time.Hour); c.StoredAt = c.SeenAt.Add(time.Minute) }, stays{stay(4*time.Hour, 0)},
		[2]string{"", ""},
		[2]string{
			"On time: stored 19 h 59 min before it was due. |  | The recording ended on 24 Nov at 10:00, so it was due on 25 Nov at 10:00. The camera was docked on 24 Nov at 14:00, and the clip was stored at 14:01.",
			"按时储存，早于应存时限19小时59分钟。 |  | 录制结束于11月24日10:00，应存时限为11月25日10:00。执法记录仪11月24日14:00入仓，文件当日14:01储存。",
		}},
	{"pending", func(c *store.Clip) { unstored(c); moved(c, 49*time.Hour) }, nil,
		[2]string{"", ""},
		[2]string{
			"Not due yet: 23 h 0 min are left. |  | The recording ended on 26 Nov at 11:00, so it is due on 27 Nov at 11:00. The camera was docked on 27 Nov at 16:58; the clip is not stored yet.",
			"时限未到，还有23小时。 |  | 录制结束于11月26日11:00，应存时限为11月27日11:00。执法记录仪11月27日16:58入仓，文件尚未储存。",
		}},
	{"due soon", func(c *store.Clip) { unstored(c); moved(c, 28*time.Hour) }, nil,
		[2]string{"", ""},
		[2]string{
			"Due soon: 2 h 0 min are left. |  | The recording ended on 25 Nov at 14:00, so it is due on 26 Nov at 14:00. The camera was docked on 26 Nov at 19:58; the clip is not stored yet.",
			"即将到期，还有2小时。 |  | 录制结束于11月25日14:00，应存时限为11月26日14:00。执法记录仪11月26日19:58入仓，文件尚未储存。",
		}},
	{"a log", func(c *store.Clip) {
		c.Kind, c.DueAt, c.EndEarliest, c.EndLatest = store.KindLog, time.Time{}, time.Time{}, time.Time{}
	}, nil,
		[2]string{"", ""},
		[2]string{
			"No deadline. |  | Files of this kind have no deadline. The camera was docked on 25 Nov at 15:58, and the clip was stored at 16:00.",
			"无时限。 |  | 此类文件没有时限。执法记录仪11月25日15:58入仓，文件当日16:00储存。",
		}},
	{"in another year", func(c *store.Clip) { moved(c, -400*24*time.Hour) }, nil,
		[2]string{"Camera seen after it was due", "识别时已超时限"},
		[2]string{
			"Late by 6 h 0 min. | The station saw the camera only after the clip was due. | The recording ended on 20 Oct 2025 at 10:00, so it was due on 21 Oct 2025 at 10:00. The camera was docked on 21 Oct 2025 at 15:58, and the clip was stored at 16:00.",
			"超时6小时储存。 | 采集工作站识别到该执法记录仪时，已超过应存时限。 | 录制结束于2025年10月20日10:00，应存时限为2025年10月21日10:00。执法记录仪2025年10月21日15:58入仓，文件当日16:00储存。",
		}},
}

func TestWhy(t *testing.T) {
	for _, test := range whyTests {
		for i, f := range formats(t) {
			c := whyClip(test.clip)
			got := f.why(c, test.stays, whyNow)
			text := strings.Join([]string{got.Verdict, got.Cause, strings.Join(got.Story, f.words.say("why.join"))}, " | ")
			if text != test.says[i] {
				t.Errorf("%s in %s:\n got %s\nwant %s", test.name, f.lang, text, test.says[i])
			}
			if short := f.short(c, test.stays); short != test.short[i] {
				t.Errorf("%s in %s: in short %q, want %q", test.name, f.lang, short, test.short[i])
			}
		}
	}
}
