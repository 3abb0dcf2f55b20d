import Evidence
package import SlotSafety
import PostgresFormat

/// `slotscope.timeline/1`: the tree as a document; a timeline points to its parent by its place in the list.
package enum TimelineJSON {
  /// Timelines, nodes and findings, in the tree's order.
  package static func document(_ tree: TimelineTree) -> JSONValue {
    [
      "schema": "slotscope.timeline/1",
      "system_identifiers": .list(tree.systemIdentifiers) { .string("\($0)") },
      "timelines": .list(tree.branches) { branch in
        [
          "system_identifier": .text(branch.systemIdentifier),
          "timeline_id": .number(branch.timeline.rawValue),
          "parent_timeline_id": .number(branch.parent.map { tree.branches[$0].timeline.rawValue }),
          "parent_index": .number(branch.parent),
          "switch_lsn": .text(branch.switchPoint),
          "reason": .text(branch.reason),
          "ancestors_known": .bool(!branch.isOrphan),
          "paths": .list(branch.paths) { .string($0) },
        ]
      },
      "nodes": .list(tree.nodes) { node in
        [
          "source": .string(node.source),
          "role": .string(node.role.rawValue),
          "timeline_id": .number(tree.branches[node.branch].timeline.rawValue),
          "timeline_index": .number(node.branch),
          "end_lsn": .text(node.end),
          "forks_passed": .list(node.passed) { passed in
            [
              "timeline_id": .number(tree.branches[passed.branch].timeline.rawValue),
              "timeline_index": .number(passed.branch),
              "switch_lsn": .text(tree.branches[passed.branch].switchPoint),
              "bytes_past": .text(passed.bytes),
            ]
          },
        ]
      },
      "findings": .list(tree.findings, FindingJSON.object),
    ]
  }
}
