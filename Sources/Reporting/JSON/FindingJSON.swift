import PostgresFormat
package import SlotSafety

/// A finding as every document has it.
package enum FindingJSON {
  /// Its `evidence` lists the facts with their places.
  package static func object(_ finding: Finding) -> JSONValue {
    [
      "id": .string(finding.id), "rule": .string(finding.ruleName), "situation": .text(finding.situation?.rawValue),
      "severity": .string(finding.severity.rawValue),
      "slot_name": .text(finding.slotName), "message": .string(finding.message),
      "evidence": .list(finding.facts) {
        ["node": .text($0.node), "path": .string($0.path), "offset": .number($0.offset), "fact": .string($0.fact)]
      },
      "remedy": .text(finding.remedy),
    ]
  }
}
