import ByteReading
import Evidence
import PostgresFormat

extension EvidenceReader {
  /// Every entry of `pg_replslot`, as the server's start-up takes it (`StartupReplicationSlots`).
  func readSlots(into evidence: inout Evidence) {
    guard let entries = entries("pg_replslot", subject: "slot_folder", required: true, into: &evidence) else { return }
    for entry in entries {
      let path = "pg_replslot/" + entry.name
      switch entry.kind {
      case .directory where SlotFolderName.isTemporary(entry.name):
        evidence.slotLeftovers.append(SlotLeftover(path: path, kind: .temporaryFolder))
      case .directory: readSlot(entry.name, into: &evidence)
      case .symbolicLink: evidence.slotLeftovers.append(SlotLeftover(path: path, kind: .symbolicLink))
      default: evidence.slotLeftovers.append(SlotLeftover(path: path, kind: .other))
      }
    }
  }

  /// One slot's folder. A running server may have dropped the slot since the listing: then there is none.
  func readSlot(_ name: String, into evidence: inout Evidence) {
    let folder = "pg_replslot/" + name
    let path = folder + "/state"
    var slot = SlotEvidence(directory: name, path: path, state: nil)
    let version = evidence.version
    let state = decoded(
      path, limit: SlotState.fileSizeLimit, subject: "slot_state", required: true, into: &evidence
    ) { (bytes) throws(FormatError) in try SlotState(parsing: bytes, version: version) }
    if state == nil, FileStatus.isGone(directory + "/" + folder) {
      evidence.problems.removeAll { $0.path == path }
      return
    }
    slot.state = state?.value
    slot.modifiedAt = state?.modifiedAt
    for entry in entries(folder, subject: "slot_folder", into: &evidence) ?? [] where entry.name != "state" {
      if entry.name == "state.tmp" {
        slot.hasTemporaryState = true
        slot.temporaryStateIsDirectory = entry.kind == .directory
      } else if SlotFolderName.isSpillFile(entry.name) {
        slot.spillFileCount += 1
        let size = (try? FileStatus(path: "\(directory)/\(folder)/\(entry.name)"))?.size ?? 0
        slot.spillBytes = slot.spillBytes.addingReportingOverflow(UInt64(clamping: size)).partialValue
      }
    }
    evidence.slots.append(slot)
  }
}
