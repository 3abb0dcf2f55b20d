import Evidence
import PostgresFormat

// The WAL that is there.

extension WALEvidence: DocumentObject {
  static var blank: Self { WALEvidence() }

  mutating func exchange(_ members: inout Members) throws {
    try members.optional("path", &path)
    try members.optional("link_target", &linkTarget)
    try members.optional("segment_size", &segmentSize)
    try members.required("live", &live)
    try members.required("recycled_count", &recycledCount)
    try members.required("preallocated_count", &preallocatedCount)
    try members.required("partial", &partial)
    try members.required("backup_history_count", &backupHistoryCount)
    try members.optional("archive_ready_count", &archiveReadyCount)
    try members.optional("summary_count", &summaryCount)
    try members.optional("archived", &archived)
    try members.optional("summarized", &summarized)
    try members.optional("first_time", &firstTime)
    try members.required("total_bytes", &totalBytes)
    try members.optional("end", &end)
    try members.required("gaps", &gaps)
    try members.optional("start_records", &startRecords)
    try members.optional("replay", &replay)
    try members.optional("contents", &contents)
    try members.optional("archive_queue", &archiveQueue)
    try members.optional("traces", &traces)
  }
}

extension SegmentRun: DocumentObject {
  static var blank: Self { SegmentRun(timeline: .blank, first: .blank, last: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("timeline", &timeline)
    try members.required("first", &first)
    try members.required("last", &last)
  }
}

extension SegmentGap: DocumentObject {
  static var blank: Self { SegmentGap(timeline: .blank, first: .blank, last: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("timeline", &timeline)
    try members.required("first", &first)
    try members.required("last", &last)
  }
}

extension SegmentName: DocumentObject {
  static var blank: Self { SegmentName(timeline: .blank, log: 0, segment: 0) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("timeline", &timeline)
    try members.required("log", &log)
    try members.required("segment", &segment)
  }
}

extension SummarizedTimeline: DocumentObject {
  static var blank: Self { SummarizedTimeline(timeline: .blank, end: .none) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("timeline", &timeline)
    try members.required("end", &end)
  }
}

extension WALEnd: DocumentObject {
  static var blank: Self { WALEnd(lsn: .none, timeline: .blank, lastRecord: nil, walkedFrom: .none, stop: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.required("timeline", &timeline)
    try members.optional("last_record", &lastRecord)
    try members.required("walked_from", &walkedFrom)
    try members.required("stop", &stop)
    try members.optional("path", &path)
    try members.optional("offset", &offset)
    try members.optional("valid_again_from", &validAgainFrom)
    try members.optional("trace_behind", &traceBehind)
    try members.optional("last_checkpoint_redo", &lastCheckpointRedo)
    try members.optional("last_time", &lastTime)
  }
}

extension WALStop: DocumentObject {
  static var blank: Self { WALStop(.unreadable, at: .none) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("reason", &reason)
    try members.required("at", &at)
    try members.optional("record", &record)
    try members.optional("expected", &expected)
    try members.optional("found", &found)
  }
}

extension WALTime: DocumentObject {
  static var blank: Self { WALTime(lsn: .none, time: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("lsn", &lsn)
    try members.required("time", &time)
  }
}
