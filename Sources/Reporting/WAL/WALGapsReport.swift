package import Evidence
package import PostgresFormat

/// Which segments there are, which are missing, and which are there twice: as the reports show it.
package struct WALGaps: Sendable {
  /// A segment that ends before a segment does.
  package struct Short: Sendable, Hashable {
    /// On its timeline.
    package var number: SegmentNumber
    /// What there is of it.
    package var bytes: UInt64
    /// A copy that broke off.
    package init(number: SegmentNumber, bytes: UInt64) { (self.number, self.bytes) = (number, bytes) }
  }

  /// Where a timeline left the one that it comes from, by its history.
  package struct Fork: Sendable, Hashable {
    /// The timeline that it left.
    package var parent: TimelineID
    /// The first position that is its own.
    package var lsn: LSN
    /// There are segments of the parent past it: two histories went on, of which a recovery takes the newest timeline.
    package var parentGoesOn: Bool
    /// Whether the parent goes on is what segments tell.
    package init(parent: TimelineID, lsn: LSN, parentGoesOn: Bool) {
      (self.parent, self.lsn, self.parentGoesOn) = (parent, lsn, parentGoesOn)
    }
  }

  /// The segments of one timeline.
  package struct Timeline: Sendable {
    /// The first 8 digits of its segments' names.
    package var timeline: TimelineID
    /// Segments with live WAL, `.partial` ones included.
    package var runs: [SegmentRun]
    /// Segments in ``runs``, copies counted once.
    package var segmentCount: Int
    /// Between the lowest and the highest that its history has anywhere.
    package var missing: [SegmentGap]
    /// The same of those that are there, and cannot be read.
    package var unreadable: [SegmentGap]
    /// Segments of which there is only a `.partial` file.
    package var partialOnly: [SegmentNumber]
    /// Those that are cut short.
    package var short: [Short]
    /// Files renamed for later use, without WAL of their position.
    package var recycledCount: Int
    /// Files that are all zeros.
    package var preallocatedCount: Int
    /// Files of which only the names were read.
    package var unprobedCount: Int
    /// nil without a history that says so.
    package var fork: Fork?
    /// Of a later one than 1 whose folders were looked into: without it no recovery finds the way to the timeline.
    package var history = History.there
    /// Whether its history is in one of the folders.
    package enum History: Sendable { case there, missing, unreadable }
    /// As `WALCoverage` counted them.
    package init(
      timeline: TimelineID, runs: [SegmentRun], segmentCount: Int, missing: [SegmentGap],
      unreadable: [SegmentGap] = [], partialOnly: [SegmentNumber], short: [Short] = [], recycledCount: Int,
      preallocatedCount: Int, unprobedCount: Int
    ) {
      (self.timeline, self.runs, self.segmentCount, self.missing) = (timeline, runs, segmentCount, missing)
      (self.partialOnly, self.recycledCount, self.preallocatedCount) = (partialOnly, recycledCount, preallocatedCount)
      (self.unprobedCount, self.short, self.unreadable) = (unprobedCount, short, unreadable)
    }
  }

  /// A segment of which there are several files.
  package struct Duplicate: Sendable {
    /// The name that they share.
    package var segment: SegmentName
    /// In the order in which reading tries them.
    package var paths: [String]
    /// `same`, `shorter`, `different`, `unreadable`, or nil where nobody has looked.
    package var verdict: String?
    /// The first byte of the segment that differs.
    package var offset: Int?
    /// How each file is by itself, in the order of ``paths``; empty where nobody has looked.
    package var soundness: [SegmentSoundness]
    /// `offset` goes with `different` alone.
    package init(
      segment: SegmentName, paths: [String], verdict: String?, offset: Int?, soundness: [SegmentSoundness] = []
    ) {
      (self.segment, self.paths, self.verdict, self.offset) = (segment, paths, verdict, offset)
      self.soundness = soundness
    }
  }

  /// Segments of another cluster.
  package struct OtherCluster: Sendable {
    /// In its segments' first pages.
    package var systemIdentifier: UInt64
    /// By timeline and number.
    package var runs: [SegmentRun]
    /// They count nowhere else.
    package init(systemIdentifier: UInt64, runs: [SegmentRun]) {
      (self.systemIdentifier, self.runs) = (systemIdentifier, runs)
    }
  }

  /// Bytes.
  package var segmentSize: Int
  /// Whose the timelines are: the control file's, else that of the first segment. nil where nothing tells.
  package var systemIdentifier: UInt64?
  /// In the order of their system identifiers.
  package var others: [OtherCluster]
  /// Ascending.
  package var timelines: [Timeline]
  /// By segment name.
  package var duplicates: [Duplicate]
  /// All of one cluster.
  package init(
    segmentSize: Int, systemIdentifier: UInt64? = nil, others: [OtherCluster] = [], timelines: [Timeline],
    duplicates: [Duplicate]
  ) {
    (self.segmentSize, self.timelines, self.duplicates) = (segmentSize, timelines, duplicates)
    (self.systemIdentifier, self.others) = (systemIdentifier, others)
  }
}

/// `wal gaps`, for a person and as a document.
package enum WALGapsReport {
  /// By timeline what is there and what is missing; then the segments whose copies differ.
  package static func text(_ gaps: WALGaps, style: TextStyle) -> TerminalText {
    let size = gaps.segmentSize
    func range(_ timeline: TimelineID, _ first: SegmentNumber, _ last: SegmentNumber) -> String {
      let name = SegmentName(timeline: timeline, number: first, size: size).text
      let count = last.rawValue - first.rawValue + 1
      if count == 1 { return name }
      return "\(name) to \(SegmentName(timeline: timeline, number: last, size: size)) (\(count) segments)"
    }
    var lines: [TerminalText] = []
    for timeline in gaps.timelines {
      let fork = timeline.fork.map { ", forks off \($0.parent) at \($0.lsn)" } ?? ""
      let title: TerminalText = "Timeline \(timeline.timeline): \(counted(timeline.segmentCount, "segment"))\(fork)"
      lines.append(style.paint(title, .strong))
      if let fork = timeline.fork, fork.parentGoesOn {
        lines.append(
          "  timeline \(fork.parent) goes on past it: a recovery takes \(timeline.timeline), or stops, unless recovery_target_timeline says otherwise"
        )
      }
      if timeline.history != .there {
        let word = timeline.history == .missing ? "missing " : "unread  "
        lines.append("  " + style.paint("\(word) \(timeline.timeline.hex).history", .error))
      }
      for run in timeline.runs { lines.append("  there    \(range(run.timeline, run.first, run.last))") }
      for gap in timeline.missing {
        lines.append("  " + style.paint("missing  \(range(gap.timeline, gap.first, gap.last))", .error))
      }
      for gap in timeline.unreadable {
        lines.append("  " + style.paint("unread   \(range(gap.timeline, gap.first, gap.last))", .error))
      }
      for number in timeline.partialOnly {
        lines.append("  partial  \(SegmentName(timeline: timeline.timeline, number: number, size: size).text)")
      }
      for short in timeline.short {
        let name = SegmentName(timeline: timeline.timeline, number: short.number, size: size).text
        lines.append("  " + style.paint("short    \(name) (\(short.bytes) of \(size) bytes)", .error))
      }
      let spare = timeline.recycledCount + timeline.preallocatedCount
      if spare > 0 { lines.append("  \(counted(spare, "file")) for later use") }
      if timeline.unprobedCount > 0 {
        lines.append(
          "  \(counted(timeline.unprobedCount, "file")) known by name alone, the folder has too many to look into: whether they are of this cluster is not known"
        )
      }
    }
    for other in gaps.others {
      for run in other.runs {
        lines.append(
          style.paint(
            "\(range(run.timeline, run.first, run.last)) \(run.count == 1 ? "is" : "are") of cluster \(other.systemIdentifier), not of \(gaps.systemIdentifier.map { "\($0)" } ?? "this one")",
            .error))
      }
    }
    let different = gaps.duplicates.filter { $0.verdict == "different" || $0.verdict == "unreadable" }
    if !gaps.duplicates.isEmpty {
      lines.append(
        "There more than once: \(counted(gaps.duplicates.count, "segment")), \(different.count) with different content")
    }
    for duplicate in different {
      let place = duplicate.offset.map { " from byte \($0) on" } ?? ""
      lines.append("  " + style.paint("\(duplicate.verdict ?? "")\(place)  \(duplicate.segment)", .error))
      for (index, path) in duplicate.paths.enumerated() {
        let soundness = duplicate.soundness.indices.contains(index) ? duplicate.soundness[index] : nil
        lines.append("    \(path)\(soundness.map { ": " + SegmentSoundnessText.words($0) } ?? "")")
      }
      if duplicate.soundness.count(where: \.isSound) > 1 {
        lines.append("    more than one is sound: two servers, or two branches of a history, wrote under one name")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  /// `slotscope.wal-gaps/1`; nil where there is no WAL.
  package static func json(_ gaps: WALGaps?) -> JSONValue {
    func name(_ timeline: TimelineID, _ number: SegmentNumber) -> JSONValue {
      .text(gaps.map { SegmentName(timeline: timeline, number: number, size: $0.segmentSize).text })
    }
    return [
      "schema": "slotscope.wal-gaps/1",
      "segment_size": .number(gaps?.segmentSize),
      "system_identifier": .text(gaps?.systemIdentifier),
      "other_clusters": .list(gaps?.others ?? []) { other in
        [
          "system_identifier": .text(other.systemIdentifier),
          "there": .list(other.runs) {
            ["from_segment": name($0.timeline, $0.first), "to_segment": name($0.timeline, $0.last)]
          },
        ]
      },
      "timelines": .list(gaps?.timelines ?? []) { timeline in
        [
          "timeline_id": .number(timeline.timeline.rawValue),
          "segments": .number(timeline.segmentCount),
          "there": .list(timeline.runs) {
            ["from_segment": name($0.timeline, $0.first), "to_segment": name($0.timeline, $0.last)]
          },
          "missing": .list(timeline.missing) {
            ["from_segment": name($0.timeline, $0.first), "to_segment": name($0.timeline, $0.last)]
          },
          "unreadable": .list(timeline.unreadable) {
            ["from_segment": name($0.timeline, $0.first), "to_segment": name($0.timeline, $0.last)]
          },
          "partial_only": .list(timeline.partialOnly) { name(timeline.timeline, $0) },
          "short": .list(timeline.short) {
            ["segment": name(timeline.timeline, $0.number), "bytes": .number($0.bytes)]
          },
          "recycled_segments": .number(timeline.recycledCount),
          "preallocated_segments": .number(timeline.preallocatedCount),
          "unprobed_segments": .number(timeline.unprobedCount),
          "fork": timeline.fork.map { fork in
            [
              "parent_timeline_id": .number(fork.parent.rawValue), "lsn": .string(fork.lsn.description),
              "parent_goes_on": .bool(fork.parentGoesOn),
            ]
          } ?? .null,
          "history_missing": .bool(timeline.history == .missing),
          "history_unreadable": .bool(timeline.history == .unreadable),
        ]
      },
      "duplicates": .list(gaps?.duplicates ?? []) {
        [
          "segment": .string($0.segment.text), "paths": .list($0.paths) { .string($0) }, "verdict": .text($0.verdict),
          "offset": .number($0.offset), "soundness": .list($0.soundness, SegmentSoundnessText.json),
        ]
      },
    ]
  }
}
