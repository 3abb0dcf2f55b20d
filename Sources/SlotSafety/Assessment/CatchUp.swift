import Evidence
import PostgresFormat

/// Whether the standby can still receive what it lacks of the primary's WAL.
///
/// With `S` the end of the standby's WAL and `W` that of the primary's: it asks for WAL from the beginning of the segment with
/// `S` on, and every segment from there to the one with `W` has to be on the primary or in an archive. Nothing is said of a
/// standby whose slot on the primary is past `S`: then these are older files of it.
struct CatchUp {
  static let unit = RuleUnit(
    .note, .notes { failover in CatchUp(failover).map { [$0.finding(failover)] } ?? [] },
    rules: Rule(
      .a41, .error,
      "What the standby lacks of the primary's WAL is on the primary or in an archive, so that it can still receive it.",
      "Give an archive that has it (--archive), or build the standby anew."),
    Rule(
      .a41Archive, .warning,
      "The primary itself has the WAL that the standby lacks; the standby need not restore it from an archive."
    ))

  /// Segments that are on neither the primary nor in an archive that was given; empty where the archive has all.
  let nowhere: [SegmentGap]
  /// Those that the primary lacks.
  private let missing: [SegmentGap]
  private let size: Int
  private let restores: Bool

  /// nil where the primary has all that the standby lacks, or nobody can say.
  init?(_ failover: Failover) {
    guard !failover.isPromoted, let available = AvailableWAL(failover.primary),
      let size = failover.primary.wal.segmentSize,
      let end = failover.standby.wal.end?.lsn, let last = failover.primary.wal.end?.lsn, end < last,
      failover.standby.server?.receiver?.status != "streaming"
    else { return nil }
    if let slot = failover.physicalSlot, slot.invalidation == nil, slot.restartLSN > end { return nil }
    missing = available.missing(from: end)
    guard !missing.isEmpty else { return nil }
    self.size = size
    restores = failover.standbySettings.text("restore_command")?.isEmpty == false
    var nowhere: [SegmentGap] = []
    for gap in missing {
      // What was read of it is in an archive: the primary does not have it, and the standby's own ends at S.
      let first = max(gap.first.start(size: size), end)
      let after = min(LSN(gap.last.start(size: size).rawValue &+ UInt64(size)), last)
      for part in failover.changes.unread(from: first, to: after) {
        // Where reading goes on within a segment, that one is there: it begins with the rest of a record.
        let next = SegmentNumber(containing: part.upperBound, size: size).rawValue
        let final =
          part.upperBound < after
          ? next - min(next, 1) : SegmentNumber(containing: LSN(part.upperBound.rawValue - 1), size: size).rawValue
        let start = SegmentNumber(containing: part.lowerBound, size: size)
        guard start.rawValue <= final else { continue }
        nowhere.append(SegmentGap(timeline: gap.timeline, first: start, last: SegmentNumber(final)))
      }
    }
    self.nowhere = nowhere
  }

  private func finding(_ failover: Failover) -> Finding {
    let gaps = nowhere.isEmpty ? missing : nowhere
    let facts = gaps.prefix(3).map { gap in
      Fact(
        "\(gap.count) segment\(gap.count == 1 ? "" : "s") not there",
        path: "\(failover.primary.wal.path ?? "pg_wal")/\(name(gap.timeline, gap.first))", node: "primary")
    }
    return Finding(nowhere.isEmpty ? .a41Archive : .a41, sentence, facts: facts, remedy: remedy)
  }

  /// Why it cannot stream.
  var sentence: String {
    nowhere.isEmpty
      ? "This standby cannot stream what it lacks: the primary no longer has \(list(missing)); the archive has."
      : "This standby cannot catch up from this primary: \(list(nowhere)) \(count == 1 ? "is" : "are") nowhere."
  }

  /// What can be done.
  var remedy: String { way + "." }

  /// The same without a stop.
  fileprivate var way: String {
    if nowhere.isEmpty {
      return
        "Let the standby restore \(list(missing)) from the archive (restore_command), or copy \(them(missing)) into its pg_wal"
        + " while it is stopped"
    }
    let archive =
      restores
      ? "Ask again with the archive that its restore_command reads (--archive)"
      : "Give an archive that has"
        + " \(them(nowhere)) (--archive)"
    return "\(archive), or build the standby anew"
  }

  private var count: UInt64 { nowhere.reduce(0) { $0 &+ UInt64($1.count) } }

  private func them(_ gaps: [SegmentGap]) -> String {
    gaps.count == 1 && gaps[0].count == 1 ? "it" : "them"
  }

  /// `segments 00000001000000000000000A to 00000001000000000000000C`.
  private func list(_ gaps: [SegmentGap]) -> String {
    let ranges = gaps.prefix(3).map { gap in
      gap.count == 1
        ? name(gap.timeline, gap.first) : "\(name(gap.timeline, gap.first)) to \(name(gap.timeline, gap.last))"
    }
    let isOne = gaps.count == 1 && gaps[0].count == 1
    let more = gaps.count > 3 ? " and others" : ""
    return (isOne ? "segment " : "segments ") + ranges.joined(separator: ", ") + more
  }

  private func name(_ timeline: TimelineID, _ number: SegmentNumber) -> String {
    SegmentName(timeline: timeline, number: number, size: size).text
  }
}

extension WALKnowledge {
  /// The parts of a range of which nothing was read.
  fileprivate func unread(from: LSN, to: LSN) -> [Range<LSN>] {
    var result: [Range<LSN>] = []
    var position = from
    for part in pieces(from: from, to: to).parts {
      if part.from > position { result.append(position..<part.from) }
      position = max(position, part.to)
    }
    if position < to { result.append(position..<to) }
    return result
  }
}

extension Failover {
  /// How a primary that runs comes to be no question any more.
  var receiveAll: String {
    CatchUp(self)?.remedy ?? "Stop the primary cleanly, let the standby receive all of its WAL, then ask again."
  }

  /// How the standby gets the primary's WAL up to a position; where it cannot, what to do instead.
  func receive(to lsn: LSN) -> String {
    if let catchUp = CatchUp(self) {
      return catchUp.way
    }
    return "Let the standby receive WAL up to \(lsn)"
  }
}
