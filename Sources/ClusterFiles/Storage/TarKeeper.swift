import PostgresFormat

/// Which members of a compressed archive are remembered while it is indexed, as they are read in no order: all that evidence is
/// gathered from, but for the WAL, of which the first bytes tell what each segment is.
struct TarKeeper {
  /// Bytes of all of them, of the catalogs of databases, of one folder, and of one member.
  private var (left, catalogsLeft) = (128 << 20, 64 << 20)
  private static let (folderLimit, memberLimit, headLength) = (32 << 20, 4 << 20, 64)
  private var folders: [[UInt8]: Int] = [:]

  /// The bytes to remember; nil for none.
  mutating func range(of member: TarArchive.Member) -> Range<Int>? {
    let size = member.header.size
    guard member.header.kind == .file, size > 0 else { return nil }
    let parts = member.name.split(separator: UInt8(ascii: "/"))
    guard let name = parts.last else { return nil }
    if SegmentName(name.prefix(24)) != nil {
      return member.content..<member.content + min(size, Self.headLength)
    }
    guard size <= Self.memberLimit else { return nil }
    let folder = parts.dropLast().last ?? []
    if folder.allSatisfy(\.isDigit), !folder.isEmpty, name.first?.isDigit == true {
      // Catalogs have their first file by number, until something rewrites them.
      let number = name.prefix { $0.isDigit }.reduce(0) { min($0 * 10 + Int($1 - 48), 1 << 32) }
      guard number < 16_384, size <= catalogsLeft else { return nil }
      catalogsLeft -= size
    } else {
      let used = folders[Array(folder), default: 0] + size
      guard used <= Self.folderLimit, size <= left else { return nil }
      folders[Array(folder)] = used
      left -= size
    }
    return member.content..<member.content + size
  }
}
