import PostgresFormat
package import SlotSafety

/// A cluster's status in words, the same for every format.
package enum StatusWords {
  /// One line: would its consumers survive?
  package static func headline(_ status: ClusterStatus) -> String {
    if let reason = status.missingAnswer { return "UNKNOWN: \(reason)" }
    guard let best = status.best else { return "UNKNOWN: nothing was judged" }
    let answer = AuditWords.headline(best)
    if status.nodes.contains(where: { $0.summary == nil }) {
      let rest = answer.hasPrefix("UNKNOWN: ") ? String(answer.dropFirst("UNKNOWN: ".count)) : answer
      return "UNKNOWN: a node could not be read; of the others: \(rest)"
    }
    guard status.verdict != best.verdict else { return answer }
    return status.verdict == .unknown
      ? "UNKNOWN: a source could not be read; of the others: \(answer)"
      : "DO NOT PROMOTE YET: a former primary still runs; of the others: \(answer)"
  }

  /// `primary`, `standby`, …; nil where the node could not be read.
  static func role(_ role: ClusterRoles.Role?) -> String? {
    switch role {
    case .primary?: "primary"
    case .standby?: "standby"
    case .formerPrimary?: "former_primary"
    case .apart?: "apart"
    case nil: nil
    }
  }

  /// The same of whole seconds.
  static func duration(seconds: Int64) -> String {
    duration(seconds.multipliedReportingOverflow(by: 1_000_000).overflow ? .max : seconds * 1_000_000)
  }

  /// `0 s`, `250 ms`, `12 s`, `5 min`.
  static func duration(_ microseconds: Int64) -> String {
    switch microseconds {
    case ..<1_000_000: microseconds == 0 ? "0 s" : "\(microseconds / 1000) ms"
    case ..<120_000_000: "\(microseconds / 1_000_000) s"
    case ..<7_200_000_000: "\(microseconds / 60_000_000) min"
    case ..<172_800_000_000: "\(microseconds / 3_600_000_000) h"
    default: "\(microseconds / 86_400_000_000) days"
    }
  }
}
