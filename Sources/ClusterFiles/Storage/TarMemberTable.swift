/// The headers of a compressed archive, which cannot be read again in place: of each the fields alone, and all names in one array.
struct TarMemberTable {
  /// Bytes of names and link targets in all: more are no backup's.
  static let textLimit = 256 << 20

  private struct Row {
    var place: Int
    var content: Int
    var size: Int
    var modifiedAt: Int64
    var nameStart: Int
    var nameCount: Int32
    var targetCount: Int32
    var permissions: UInt32
    var owner: UInt32
    var kind: TarHeader.Kind
  }

  /// Ascending by place.
  private var rows: [Row] = []
  private var text: [UInt8] = []

  /// Returns false where there is no room for it.
  mutating func add(_ member: TarArchive.Member) -> Bool {
    let header = member.header
    let isLink = header.kind == .symbolicLink || header.kind == .hardLink
    let target = isLink ? header.target : []
    guard text.count + member.name.count + target.count <= Self.textLimit else { return false }
    rows.append(
      Row(
        place: member.place, content: member.content, size: header.size, modifiedAt: header.modifiedAt,
        nameStart: text.count, nameCount: Int32(member.name.count), targetCount: Int32(target.count),
        permissions: header.permissions, owner: header.owner, kind: header.kind))
    text += member.name
    text += target
    return true
  }

  /// The member whose first header begins at `place`.
  func member(at place: Int) -> TarArchive.Member? {
    var (low, high) = (0, rows.count)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].place < place { low = middle + 1 } else { high = middle }
    }
    guard low < rows.count, rows[low].place == place else { return nil }
    let row = rows[low]
    let targetStart = row.nameStart + Int(row.nameCount)
    var header = TarHeader.folder
    (header.kind, header.size, header.modifiedAt) = (row.kind, row.size, row.modifiedAt)
    (header.permissions, header.owner) = (row.permissions, row.owner)
    header.target = Array(text[targetStart..<targetStart + Int(row.targetCount)])
    return TarArchive.Member(
      header: header, name: Array(text[row.nameStart..<targetStart]), content: row.content, place: row.place)
  }
}
