package import SlotSafety

/// The answer for a monitoring system, in one line.
package enum AuditNagios {
  /// About the best candidate, its line end included. The text names the worst slots; the performance data count slots by verdict,
  /// and say for each slot its state and how many bytes of WAL its consumer may miss or hold in excess. Of slots that are not
  /// `selected` there are the counts alone.
  package static func line(_ assessments: [Assessment], selected: SlotFilter = .all) -> String {
    guard let best = assessments.first else { return failure("nothing was judged") }
    let counted = best.slots.filter(\.counts)
    let worstFirst = counted.filter { selected.selects(name: $0.slotName, plugin: $0.plugin ?? "") }
      .sorted { ($1.verdict, $0.slotName) < ($0.verdict, $1.slotName) }
    let named = worstFirst.filter { $0.verdict != .ready }
    var text = AuditWords.headline(best)
    if let worst = named.first {
      text += ": " + PluginLine.list(named.map { ($0.slotName, $0.verdict.rawValue) }) + "; \(AuditWords.reason(worst))"
    } else if best.verdict != .ready, let finding = best.deciding {
      text += ": \(finding.message)"
    }
    let others = best.events.filter { $0.event != best.event }
    for other in others { text += "; \(AuditWords.beside(other))" }
    let misfit = selected.misfit(among: best)
    if let misfit { text = "\(misfit); \(text)" }
    let isOpen = misfit != nil && best.verdict.pluginState != .critical
    var line = PluginLine(isOpen ? .unknown : best.verdict.pluginState, text)
    line.data = Verdict.allCases.map { verdict in
      PluginLine.Measure(verdict.rawValue, UInt64(counted.count { $0.verdict == verdict }))
    }
    let bytes = { (slots: [SlotAssessment], pick: (Exposure) -> CommittedChanges?) in
      slots.compactMap { pick($0.exposure)?.bytes }.max() ?? 0
    }
    line.data.append(PluginLine.Measure("missed", bytes(counted, \.missed), "B"))
    line.data.append(PluginLine.Measure("vanished", bytes(counted, \.vanished), "B"))
    for slot in worstFirst {
      line.data += [
        PluginLine.Measure(slot.slotName + "_state", slot.verdict.pluginState.code, warning: 0, critical: 1)
      ]
      line.data += others.compactMap { other in
        slot.verdict(other.event).map {
          PluginLine.Measure("\(slot.slotName)_\(other.event.rawValue)_state", $0.pluginState.code)
        }
      }
      line.data += [
        PluginLine.Measure(slot.slotName + "_missed", bytes([slot], \.missed), "B"),
        PluginLine.Measure(slot.slotName + "_vanished", bytes([slot], \.vanished), "B"),
      ]
    }
    return line.line
  }

  /// Where nothing could be asked: what a plugin shows then, too.
  package static func failure(_ message: String) -> String { PluginLine(.unknown, message).line }
}

extension Verdict {
  /// By the exit code that goes with it.
  var pluginState: PluginLine.State {
    switch self {
    case .ready: .ok
    case .waiting, .fixable: .warning
    case .atRisk, .lost: .critical
    case .unknown: .unknown
    }
  }
}

extension PluginLine.State {
  /// The exit code of a plugin in this state.
  var code: UInt64 {
    switch self {
    case .ok: 0
    case .warning: 1
    case .critical: 2
    case .unknown: 3
    }
  }
}

extension Assessment {
  /// The finding that asks for the first step; else the most severe.
  fileprivate var deciding: Finding? { findings.first { $0.remedy != nil && $0.remedy == firstStep } ?? findings.first }
}
