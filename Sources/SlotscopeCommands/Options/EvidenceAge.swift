import Evidence
import PostgresFormat

/// How old evidence may be that was put down earlier, by its own time: that of the file changes with every copy.
enum EvidenceAge {
  /// Seconds by which the clock of the machine that gathered it may be ahead of this one's.
  private static let skew: Int64 = 10

  /// Ends the command where the evidence is older than `limit` seconds, or from the future.
  static func check(
    _ evidence: Evidence, source: String, isArchive: Bool = false, limit: Int64, now: Timestamp
  ) throws {
    guard let gathered = evidence.origin.gatheredAt else {
      throw refusal(source, "it does not say when it was gathered", "Make it anew with \"slotscope capture\".")
    }
    let age = now.microseconds(since: gathered) / 1_000_000
    if age < -skew {
      throw refusal(
        source, "it was gathered at \(gathered), \(-age) s in the future",
        "Set the clocks of both machines, and capture it anew.")
    }
    guard age <= limit else {
      throw refusal(
        source, "it was gathered at \(gathered), \(age) s ago, more than the \(limit) s that it may be",
        isArchive
          ? "Give a newer one." : "See why it is not captured any more (slotscope-capture@.timer).")
    }
  }

  private static func refusal(_ source: String, _ why: String, _ hint: String) -> CommandFailure {
    CommandFailure("\(source): the evidence cannot be used", detail: why, hint: hint)
  }
}
