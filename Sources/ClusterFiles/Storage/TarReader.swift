/// Reads the members of a tar file one after the other.
struct TarReader {
  /// What lies at a place.
  enum Step {
    case member(TarArchive.Member)
    /// Nothing more can be told apart.
    case damaged(String)
  }

  /// Bytes of one extended header, and extended headers before one member.
  private static let (recordLimit, chainLimit) = (1 << 20, 16)

  private let file: TarFile
  /// Where the next header begins.
  private(set) var position: Int

  init(_ file: TarFile, from position: Int) { (self.file, self.position) = (file, position) }

  /// The next member; nil at the end of the archive. Throws ``FileError/Reason/shrank`` where the file ends before that, and
  /// ``FileError/Reason/refused(_:)`` for a name that leads out of the archive.
  mutating func next() throws(FileError) -> Step? {
    let start = position
    var (records, longName, longTarget): ([UInt8], [UInt8]?, [UInt8]?) = ([], nil, nil)
    for _ in 0..<Self.chainLimit {
      let block = try bytes(at: position, count: TarHeader.size)
      let parsed = Self.parsed { () throws(TarHeader.Fault) in try TarHeader(block[...]) }
      guard case .success(let found) = parsed else { return Self.damage(parsed) }
      guard var header = found else { return position == start ? nil : .damaged("a header has no member after it") }
      let content = position + TarHeader.size
      switch header.kind {
      case .extended, .longName, .longTarget, .global:
        guard header.size <= Self.recordLimit else { return .damaged("an extended header has \(header.size) bytes") }
        let extra = try bytes(at: content, count: header.size)
        position = content + Self.rounded(header.size)
        switch header.kind {
        case .longName: longName = Array(extra.prefix { $0 != 0 })
        case .longTarget: longTarget = Array(extra.prefix { $0 != 0 })
        case .extended: records = extra
        default: if Self.changesMembers(extra) { return .damaged("a global header changes what members are") }
        }
      default:
        if let longName { header.name = longName }
        if let longTarget { header.target = longTarget }
        let applied = Self.parsed { () throws(TarHeader.Fault) in
          var header = header
          try header.apply(records)
          return header
        }
        guard case .success(let header) = applied else { return Self.damage(applied) }
        let (end, isTooFar) = content.addingReportingOverflow(Self.rounded(header.size))
        guard !isTooFar else { return .damaged("a member has \(header.size) bytes") }
        position = end
        return .member(
          TarArchive.Member(
            header: header, name: try Self.cleaned(header.name, in: file.path), content: content, place: start))
      }
    }
    return .damaged("a member has more than \(Self.chainLimit) headers")
  }

  private func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    let bytes = try file.read(at: offset, count: count)
    guard bytes.count == count else { throw FileError(path: file.path, reason: .shrank) }
    return bytes
  }

  private static func rounded(_ size: Int) -> Int { (size + TarHeader.size - 1) & ~(TarHeader.size - 1) }

  private static func parsed<Value>(
    _ body: () throws(TarHeader.Fault) -> Value
  ) -> Result<Value, TarHeader.Fault> {
    do throws(TarHeader.Fault) { return .success(try body()) } catch { return .failure(error) }
  }

  private static func damage<Value>(_ result: Result<Value, TarHeader.Fault>) -> Step? {
    if case .failure(let fault) = result { return .damaged(fault.sentence) }
    return nil
  }

  /// A comment may stand for all members; their names and sizes may not.
  private static func changesMembers(_ records: [UInt8]) -> Bool {
    let text = String(decoding: records, as: UTF8.self)
    return ["path=", "linkpath=", "size=", "GNU.sparse"].contains { text.contains(" " + $0) }
  }

  /// Bytes of a name, as of any path (PATH_MAX), and folders that a member may lie in.
  static let (nameLimit, depthLimit) = (4096, 64)

  /// Without empty parts, `.` and a leading slash, as unpacking takes it.
  static func cleaned(_ name: [UInt8], in path: String) throws(FileError) -> [UInt8] {
    guard name.count <= nameLimit else {
      throw FileError(path: path, reason: .refused("has a member with a name of \(name.count) bytes, as no file has"))
    }
    let parts = name.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
    guard !parts.contains(where: { $0.elementsEqual("..".utf8) }) else {
      throw FileError(path: path, reason: .refused("has a member with \"..\" in its name, which leads out of it"))
    }
    guard parts.count <= depthLimit else {
      throw FileError(path: path, reason: .refused("has a member in more than \(depthLimit) folders, as no backup has"))
    }
    return Array(parts.joined(separator: [UInt8(ascii: "/")]))
  }
}
