import ByteReading
import Evidence
import PostgresFormat

extension EvidenceReader {
  /// Every entry of `pg_replslot`, as the server's start-up takes it (`StartupReplicationSlots`).
  func readSlots(into evidence: inout Evidence) {
    guard
      let entries = entries(
        "pg_replslot", limit: Evidence.slotLimit, subject: "slot_folder", required: true, into: &evidence)
    else { return }
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
    if state == nil, storage.isGone(directory + "/" + folder) {
      evidence.problems.removeAll { $0.path == path }
      return
    }
    slot.state = state?.value
    slot.modifiedAt = state?.modifiedAt
    readSpillFiles(folder, of: &slot, into: &evidence)
    evidence.slots.append(slot)
  }

  /// Large transactions with many subtransactions leave a great many of them.
  private func readSpillFiles(_ folder: String, of slot: inout SlotEvidence, into evidence: inout Evidence) {
    if let temporary = try? storage.status("\(directory)/\(folder)/state.tmp", followingLinks: false) {
      slot.hasTemporaryState = true
      slot.temporaryStateIsDirectory = temporary.kind == .directory
    }
    var (count, bytes) = (0, UInt64(0))
    do throws(FileError) {
      try unsafe storage.forEachName(in: directory + "/" + folder, limit: FolderScan.defaultLimit) { name, _ in
        let name = unsafe String(decoding: name, as: UTF8.self)
        guard SlotFolderName.isSpillFile(name) else { return }
        count += 1
        let size = (try? storage.status("\(directory)/\(folder)/\(name)"))?.size ?? 0
        bytes = bytes.addingReportingOverflow(UInt64(clamping: size)).partialValue
      }
    } catch {
      if !error.isMissing { evidence.problems.append(Problem(error, subject: "spill_files", path: folder)) }
    }
    (slot.spillFileCount, slot.spillBytes) = (count, bytes)
  }
}
