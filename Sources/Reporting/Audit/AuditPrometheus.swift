package import PostgresFormat
package import SlotSafety

/// Gauges in the text format that a node exporter's textfile collector reads: for each thing judged one series a
/// verdict, 1 for the one that holds.
package enum AuditPrometheus {
  /// The file's text; `time` is when the audit ran, told as a gauge so that an old file is seen to be one.
  package static func metrics(_ assessments: [Assessment], at time: Timestamp) -> String {
    var lines: [String] = []
    func family(_ name: String, _ help: String, _ samples: [String]) {
      guard !samples.isEmpty else { return }
      lines += ["# HELP \(name) \(help)", "# TYPE \(name) gauge"] + samples
    }
    family(
      "slotscope_audit_verdict", "Whether this standby may be promoted: 1 for the verdict that holds.",
      assessments.flatMap { one in
        Verdict.allCases.map { verdict in
          "slotscope_audit_verdict{standby=\"\(label(one.standby.source))\",verdict=\"\(verdict.rawValue)\"} \(one.verdict == verdict ? 1 : 0)"
        }
      })
    family(
      "slotscope_slot_verdict", "What a promotion means for a slot: 1 for the verdict that holds.",
      assessments.flatMap { one in
        one.slots.filter(\.counts).flatMap { slot in
          Verdict.allCases.map { verdict in
            "slotscope_slot_verdict{\(labels(one, slot)),verdict=\"\(verdict.rawValue)\"} \(slot.verdict == verdict ? 1 : 0)"
          }
        }
      })
    family(
      "slotscope_slot_missed_bytes", "WAL with changes that a consumer may miss, in bytes.",
      exposures(assessments, "slotscope_slot_missed_bytes", \.missed))
    family(
      "slotscope_slot_vanished_bytes", "WAL with changes that a consumer may hold and the standby lacks, in bytes.",
      exposures(assessments, "slotscope_slot_vanished_bytes", \.vanished))
    family(
      "slotscope_audit_timestamp_seconds", "When the audit was made.",
      ["slotscope_audit_timestamp_seconds \(time.unixMicroseconds / 1_000_000)"])
    return lines.joined(separator: "\n") + "\n"
  }

  private static func exposures(
    _ assessments: [Assessment], _ name: String, _ pick: (Exposure) -> CommittedChanges?
  ) -> [String] {
    assessments.flatMap { one in
      one.slots.filter(\.counts).map { slot in "\(name){\(labels(one, slot))} \(pick(slot.exposure)?.bytes ?? 0)" }
    }
  }

  private static func labels(_ one: Assessment, _ slot: SlotAssessment) -> String {
    "standby=\"\(label(one.standby.source))\",slot_name=\"\(label(slot.slotName))\",database=\"\(label(slot.databaseName ?? ""))\""
  }

  /// A label's value: backslash, quote and line end are escaped by the format's rule, other controls made harmless.
  private static func label(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case "\"": out += "\\\""
      case "\n": out += "\\n"
      default: out += TerminalText.replacing("\\", with: "\\\\", in: TerminalText.escaped(String(scalar)))
      }
    }
    return out
  }
}
