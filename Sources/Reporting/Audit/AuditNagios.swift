package import SlotSafety

/// One line for a monitoring system: state, headline, performance data. The exit code says the same.
package enum AuditNagios {
  /// About the best candidate, its line end included. Performance data: slots by verdict, and the most bytes of WAL
  /// that one consumer may miss or hold in excess.
  package static func line(_ assessments: [Assessment]) -> String {
    guard let best = assessments.first else { return "SLOTSCOPE UNKNOWN - nothing was judged\n" }
    let counted = best.slots.filter(\.counts)
    var data = Verdict.allCases.map { verdict in "\(verdict.rawValue)=\(counted.count { $0.verdict == verdict })" }
    let bytes = { (pick: (Exposure) -> CommittedChanges?) in
      counted.compactMap { pick($0.exposure)?.bytes }.max() ?? 0
    }
    data.append("missed=\(bytes(\.missed))B")
    data.append("vanished=\(bytes(\.vanished))B")
    // A bar would begin the performance data.
    let text = TerminalText.replacing("|", with: "/", in: TerminalText.escaped(AuditWords.headline(best)))
    return "SLOTSCOPE \(best.verdict.monitoringState) - \(text) | \(data.joined(separator: " "))\n"
  }
}

extension Verdict {
  fileprivate var monitoringState: String {
    switch self {
    case .ready: "OK"
    case .waiting, .fixable: "WARNING"
    case .atRisk, .lost: "CRITICAL"
    case .unknown: "UNKNOWN"
    }
  }
}
