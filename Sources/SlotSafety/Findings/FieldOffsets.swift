import Evidence
import PostgresFormat

/// Where in this node's files a field begins, for the facts of findings: the layout of its version tells.
extension Evidence {
  /// In each of its slots' state files; nil in a server's view, which has no bytes.
  func slotOffset<Value>(of field: Field<Value>) -> Int? { fileVersion.flatMap { SlotState.offset(of: field, in: $0) } }

  /// Where a state file says that the slot is invalidated: 13 to 15 tell it by a position, later ones by a cause.
  var invalidationOffset: Int? {
    fileVersion.flatMap {
      SlotState.offset(of: SlotState.Fields.invalidated, in: $0)
        ?? SlotState.offset(of: SlotState.Fields.invalidatedAt, in: $0)
    }
  }

  /// In its control file; nil where a server was asked for it.
  func controlOffset<Value>(of field: Field<Value>) -> Int? {
    fileVersion.flatMap { ControlFile.offset(of: field, in: $0) }
  }

  /// The version whose layout its files have; nil where they were not read.
  private var fileVersion: ServerVersion? { filesAreKnown ? version : nil }
}
