import Evidence
import PostgresFormat

/// The members of one tar file, indexed once and never unpacked: a member's content is a range of the file.
///
/// Of each member its place alone is kept, in 24 bytes, as a base backup may have a million of them; its header is read again
/// where it is asked for. Names are taken as tar unpacks them: without `./` and a leading `/`. An archive with `..` in a name is
/// refused: nobody knows where such a member belongs. Where an archive ends early or is damaged, what was not found in it is
/// not known to be missing.
final class TarArchive: Sendable {
  /// Members of an archive; a server with as many files is rare.
  static let memberLimit = 1_500_000

  /// One member, or a folder that only names of members in it tell of.
  struct Member {
    var header: TarHeader
    /// Its name, cleaned, from the archive's root.
    var name: [UInt8]
    /// Where its content begins in the file.
    var content: Int
    /// A number of its own in the archive.
    var place: Int
  }

  private struct Entry {
    var name: Int
    var folder: Int
    /// Where its first header begins; for a folder without one, that of the first member in it.
    var place: UInt64
    /// Parts of the member's name that make this one's; 0 for all of them.
    var depth: UInt16
  }

  private let file: TarFile
  /// nil where headers are read again in place.
  private let table: TarMemberTable?
  /// By the hash of the name, then in the order of the file.
  private let entries: [Entry]
  /// Places in ``entries``, by the hash of the folder.
  private let byFolder: [UInt32]
  /// Why what is not in the index may be in the archive all the same; nil where the index is whole.
  let incompleteness: String?
  /// The latest time of a member.
  let newest: Timestamp?
  private let seed: Int

  /// Throws ``FileError`` where the file cannot be read, or is refused as a whole.
  ///
  /// `progress` is told how many bytes of the archive were read.
  init(
    _ file: TarFile, memberLimit: Int = TarArchive.memberLimit, progress: ((Int) -> Void)? = nil
  ) throws(FileError) {
    self.file = file
    seed = Int.random(in: .min ... .max)
    var index = Index(file, seed: seed, memberLimit: memberLimit)
    try index.fill(progress)
    table = index.table
    entries = index.entries.sorted { ($0.name, $0.place, $0.depth) < ($1.name, $1.place, $1.depth) }
    byFolder = entries.indices.map { UInt32($0) }.sorted { [entries] in
      (entries[Int($0)].folder, $0) < (entries[Int($1)].folder, $1)
    }
    incompleteness = index.fault
    newest = index.newest.map { Timestamp(unixMicroseconds: $0) }
  }

  /// The path of the archive itself.
  var path: String { file.path }
  /// What the file is, for the bytes of its members.
  var bytes: TarFile { file }

  /// The last member of a name, as that is the one which unpacking leaves. nil where the index has none.
  func member(_ name: [UInt8]) throws(FileError) -> Member? {
    let hash = Self.hash(name[...], seed)
    var index = entries.partitionPoint { $0.name > hash }
    while index > 0, entries[index - 1].name == hash {
      index -= 1
      let found = try member(of: entries[index])
      if found.name == name { return found }
    }
    return nil
  }

  /// The file that a member is, where it is a second name of one (a hard link): what unpacking finds under that name when it comes
  /// to the member. Throws ``FileError/Reason/refused(_:)`` where the archive does not have it once, before the member.
  func original(of member: Member) throws(FileError) -> Member {
    var original = member
    for _ in 0..<Self.linkLimit where original.header.kind == .hardLink {
      let name = try TarReader.cleaned(original.header.target, in: file.path)
      guard let found = try self.member(name), found.place < original.place, try !isTwice(name) else {
        throw FileError(
          path: file.path, reason: .refused("is a second name of a file that the archive does not have once"))
      }
      original = found
    }
    guard original.header.kind == .file else {
      throw FileError(path: file.path, reason: .refused("is a second name of what is no regular file"))
    }
    original.name = member.name
    return original
  }

  private static let linkLimit = 8

  private func isTwice(_ name: [UInt8]) throws(FileError) -> Bool {
    let hash = Self.hash(name[...], seed)
    var (index, count) = (entries.partitionPoint { $0.name >= hash }, 0)
    while index < entries.count, entries[index].name == hash {
      if try member(of: entries[index]).name == name { count += 1 }
      index += 1
    }
    return count > 1
  }

  /// Gives the name of every entry of a folder; one that the archive has twice, twice.
  func forEachName(
    in folder: [UInt8], _ body: (ArraySlice<UInt8>, Member) throws(FileError) -> Void
  ) throws(FileError) {
    let hash = Self.hash(folder[...], seed)
    var index = byFolder.partitionPoint { entries[Int($0)].folder >= hash }
    while index < byFolder.count, entries[Int(byFolder[index])].folder == hash {
      let found = try member(of: entries[Int(byFolder[index])])
      index += 1
      guard let slash = found.name.lastIndex(of: UInt8(ascii: "/")) else {
        if folder.isEmpty { try body(found.name[...], found) }
        continue
      }
      if found.name[..<slash].elementsEqual(folder) { try body(found.name[(slash + 1)...], found) }
    }
  }

  private func member(of entry: Entry) throws(FileError) -> Member {
    var member = try member(at: Int(entry.place))
    guard entry.depth > 0 else { return member }
    let parts = member.name.split(separator: UInt8(ascii: "/"))
    member.name = Array(parts.prefix(Int(entry.depth)).joined(separator: [UInt8(ascii: "/")]))
    member.header.kind = .folder
    member.header.size = 0
    member.header.permissions = 0o700
    return member
  }

  private func member(at place: Int) throws(FileError) -> Member {
    if let table {
      guard let member = table.member(at: place) else { throw FileError(path: file.path, reason: .shrank) }
      return member
    }
    var reader = TarReader(file, from: place)
    guard let next = try reader.next(), case .member(let member) = next else {
      throw FileError(path: file.path, reason: .shrank)
    }
    return member
  }

  private static func hash(_ name: ArraySlice<UInt8>, _ seed: Int) -> Int {
    var hasher = Hasher()
    hasher.combine(seed)
    // SAFETY: the bytes are looked at during the call only.
    unsafe name.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    return hasher.finalize()
  }

  /// The index while it is made.
  private struct Index {
    private let file: TarFile
    private let seed: Int
    private let memberLimit: Int
    var entries: [Entry] = []
    var fault: String?
    /// Microseconds since 1970.
    var newest: Int64?
    private(set) var table: TarMemberTable?
    private var keeper = TarKeeper()
    private var folders: Set<Int> = []

    init(_ file: TarFile, seed: Int, memberLimit: Int) {
      (self.file, self.seed, self.memberLimit) = (file, seed, memberLimit)
      if file.isPacked { table = TarMemberTable() }
    }

    mutating func fill(_ progress: ((Int) -> Void)?) throws(FileError) {
      var reader = TarReader(file, from: 0)
      while true {
        let start = reader.position
        let next: TarReader.Step?
        do throws(FileError) { next = try reader.next() } catch {
          guard case .shrank = error.reason else { throw error }
          fault = "it ends at byte \(start) without an end"
          return
        }
        progress?(reader.position)
        switch next {
        case nil:
          if try !file.finish(from: reader.position) { fault = "its compressed data ends early" }
          return
        case .damaged(let words):
          fault = "at byte \(start) \(words)"
          return
        case .member(let member):
          guard entries.count < memberLimit else {
            throw FileError(path: file.path, reason: .tooManyEntries(limit: memberLimit))
          }
          if member.name.isEmpty, member.header.kind != .folder { continue }
          if table?.add(member) == false {
            throw FileError(path: file.path, reason: .refused("has names that are longer together than any backup's"))
          }
          if file.isPacked, let range = keeper.range(of: member) { try file.keep(range) }
          newest = max(newest ?? .min, member.header.modifiedAt)
          // A folder that has a header of its own needs none of those in it.
          if member.header.kind == .folder { folders.insert(TarArchive.hash(member.name[...], seed)) }
          add(member.name[...], at: start, depth: 0)
        }
      }
    }

    private mutating func add(_ name: ArraySlice<UInt8>, at place: Int, depth: Int) {
      let slash = name.lastIndex(of: UInt8(ascii: "/"))
      let folder = name[..<(slash ?? name.startIndex)]
      let hash = TarArchive.hash(folder, seed)
      // The root is in no folder.
      entries.append(
        Entry(
          name: TarArchive.hash(name, seed), folder: name.isEmpty ? 0 : hash, place: UInt64(place),
          depth: UInt16(clamping: depth)))
      guard !folder.isEmpty, folders.insert(hash).inserted else { return }
      add(folder, at: place, depth: folder.split(separator: UInt8(ascii: "/")).count)
    }
  }
}
