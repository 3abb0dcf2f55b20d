import Glibc
package import PostgresFormat

/// A base backup as tar: `base.tar`, with `pg_wal.tar` and the tar files of tablespaces beside it, seen as one data directory.
///
/// Its path is that of `base.tar`; what follows the path is looked up in the archives. Paths elsewhere (an `include` with an
/// absolute path) are those of the machine, as they are for a directory. Links are followed within the archives alone.
package struct TarStorage: ClusterStorage {
  /// An archive, and the folder of the data directory whose contents it has.
  fileprivate struct Mount {
    var folder: [UInt8]
    /// The folder in the archive; empty for its root.
    var root: [UInt8]
    var archive: TarArchive
    /// Tells the files of one archive from those of another.
    var number: Int
  }

  /// Follows the limit of Linux on links in one path.
  private static let linkLimit = 40

  /// As it was given.
  package let path: String
  private let absolutePath: String
  /// pg_basebackup puts it beside the archives.
  private let manifest: String?
  /// Those with longer folders first.
  private let mounts: [Mount]

  /// No server runs on an archive.
  package var mayHaveServers: Bool { false }
  /// Where one of the archives is compressed.
  package var readsInOrder: Bool { mounts.contains { $0.archive.bytes.isPacked } }
  /// By what its members say: the time of the archive itself changes with every copy.
  package var madeAt: Timestamp? { mounts.compactMap(\.archive.newest).max() }

  /// Opens and indexes the archives. Throws ``FileError`` where one cannot be read, or is refused.
  ///
  /// Of a file of another name than `base.tar` the neighbors are not looked at: they may belong to something else.
  /// `progress` is told the bytes of the archive that is being indexed.
  package init(path: String, progress: ((Int) -> Void)? = nil) throws(FileError) {
    self.path = path
    absolutePath = ConfigurationPath.absolute(path)
    let base = try TarArchive(TarFile(path: path), progress: progress)
    var mounts = [Mount(folder: [], root: try Self.root(of: base), archive: base, number: 0)]
    let place = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    if Self.plainName(String(path.dropFirst(place.count))) == "base.tar" {
      // Of several with one content the plain one comes first.
      for entry in try PosixStorage().entries(of: place.isEmpty ? "." : place, limit: 100_000) {
        guard let folder = Self.folder(ofArchive: entry.name),
          !mounts.contains(where: { $0.folder.elementsEqual(folder.utf8) })
        else { continue }
        let archive = try TarArchive(TarFile(path: place + entry.name), progress: progress)
        mounts.append(Mount(folder: Array(folder.utf8), root: [], archive: archive, number: mounts.count))
      }
    }
    let besides = mounts.count > 1 || Self.plainName(String(path.dropFirst(place.count))) == "base.tar"
    let inner = mounts[0].inner(Array(Self.manifestName.utf8)) ?? []
    let hasOwn = try base.member(inner) != nil
    manifest = besides && !hasOwn ? place + Self.manifestName : nil
    self.mounts = mounts.sorted { $0.folder.count > $1.folder.count }
  }

  /// Whether a path is that of a tar file, by its first header; where that cannot be unpacked here, by its name.
  private static func isOne(_ path: String) -> Bool {
    do throws(FileError) {
      let block = try TarFile(path: path).read(at: 0, count: TarHeader.size)
      return (try? TarHeader(block[...])).flatMap { $0 } != nil
    } catch {
      switch error.reason {
      case .packed, .unpacking: return plainName(path).hasSuffix(".tar") || path.hasSuffix(".tgz")
      default: return false
      }
    }
  }

  /// Without the suffix of a compression.
  private static func plainName(_ name: String) -> String {
    let suffix = suffixes.first { name.hasSuffix($0) } ?? ""
    return String(name.dropLast(suffix.count))
  }

  private static let suffixes = Codec.all.flatMap(\.suffixes)

  /// The tar file at a path, or the `base.tar` in a folder that pg_basebackup wrote; nil for anything else.
  package static func base(at path: String) -> String? {
    let storage = PosixStorage()
    switch (try? storage.status(path))?.kind {
    case .regular: return isOne(path) ? path : nil
    case .directory:
      guard (try? storage.exists(path + "/PG_VERSION")) == false else { return nil }
      let base = path + (path.hasSuffix("/") ? "" : "/") + "base.tar"
      return ([""] + suffixes).lazy.map { base + $0 }.first(where: isOne)
    default: return nil
    }
  }

  /// The archive on the way to a path of a file in it, as `DIR/base.tar/global/pg_control`, or `DIR/global/pg_control` of a folder
  /// that pg_basebackup wrote; and the file's path through it. nil where there is none.
  package static func archive(onTheWayTo path: String) -> (base: String, path: String)? {
    var end = path.endIndex
    while let slash = path[..<end].lastIndex(of: "/"), slash > path.startIndex {
      let place = String(path[..<slash])
      if let base = base(at: place) { return (base, base + path[slash...]) }
      // What is there and is no archive has none above it, but a folder may be that of one: then the file would be in it.
      end = slash
    }
    return nil
  }

  private static let manifestName = "backup_manifest"

  private static func folder(ofArchive name: String) -> String? {
    let name = plainName(name)
    if name == "pg_wal.tar" || name == "pg_xlog.tar" { return String(name.dropLast(4)) }
    guard name.hasSuffix(".tar"), let oid = UInt32(name.dropLast(4)), "\(oid).tar" == name else { return nil }
    return "pg_tblspc/\(oid)"
  }

  /// Where the data directory begins in an archive that somebody else than pg_basebackup made: the folder that has PG_VERSION
  /// and global/pg_control, one level down or deeper where nothing else lies beside it.
  private static func root(of archive: TarArchive) throws(FileError) -> [UInt8] {
    var root: [UInt8] = []
    for _ in 0..<32 {
      if try archive.member(root.appending("PG_VERSION")) != nil { return root }
      if try archive.member(root.appending("global/pg_control")) != nil { return root }
      var folders: Set<[UInt8]> = []
      try archive.forEachName(in: root) { (name, _) throws(FileError) in folders.insert(Array(name)) }
      guard folders.count == 1, let only = folders.first else { break }
      root = root.appending(only)
    }
    return []
  }

  // MARK: ClusterStorage

  /// That of the last member of the name; of a folder that no header tells of, nothing but that it is one.
  package func status(_ path: String, followingLinks: Bool) throws(FileError) -> FileStatus {
    guard let name = inside(path) else { return try PosixStorage().status(path, followingLinks: followingLinks) }
    if let manifest, name.elementsEqual(Self.manifestName.utf8) {
      return try PosixStorage().status(manifest, followingLinks: followingLinks)
    }
    return try Self.status(of: try find(name, as: path, followingLinks: followingLinks))
  }

  /// A range of the archive: nothing is copied.
  package func open(_ path: String) throws(FileError) -> BoundedFile {
    guard let name = inside(path) else { return try PosixStorage().open(path) }
    if let manifest, name.elementsEqual(Self.manifestName.utf8) { return try PosixStorage().open(manifest) }
    let (mount, member) = try find(name, as: path, followingLinks: true)
    let status = try Self.status(of: (mount, member))
    guard status.kind == .regular else { throw FileError(path: path, reason: .notRegularFile(status.kind)) }
    return mount.archive.bytes.part(path, status, from: member.content)
  }

  /// The names in all archives that have a part of the folder. Throws where one of them is not whole.
  package func forEachName(
    in folder: String, limit: Int, _ body: (UnsafeRawBufferPointer, FileKind?) throws(FileError) -> Void
  ) throws(FileError) {
    guard let name = inside(folder) else {
      return try unsafe PosixStorage().forEachName(in: folder, limit: limit, body)
    }
    let (_, member) = try find(name, as: folder, followingLinks: true)
    guard member.header.kind == .folder else {
      throw FileError(path: folder, reason: .notDirectory(Self.kind(of: member.header)))
    }
    var names: [[UInt8]: FileKind] = [:]
    for mount in mounts {
      guard let inner = mount.inner(member.name) else { continue }
      if let fault = mount.archive.incompleteness { throw Self.unknown(folder, mount.archive, fault) }
      try mount.archive.forEachName(in: inner) { (name, entry) throws(FileError) in
        guard names.count < limit || names[Array(name)] != nil else {
          throw FileError(path: folder, reason: .tooManyEntries(limit: limit))
        }
        names[Array(name)] = Self.kind(of: entry.header)
      }
    }
    // An archive of its own is a folder here.
    for mount in mounts {
      guard let inner = Mount.name(of: mount.folder, in: member.name) else { continue }
      names[inner] = .directory
    }
    for (name, kind) in names {
      var failure: FileError?
      // SAFETY: `body` uses the bytes during the call only.
      unsafe name.withUnsafeBytes { bytes in
        do throws(FileError) { try unsafe body(bytes, kind) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }

  /// As it is written in the header.
  package func target(ofLink path: String) -> String? {
    guard let name = inside(path) else { return PosixStorage().target(ofLink: path) }
    guard let found = try? find(name, as: path, followingLinks: false), found.member.header.kind == .symbolicLink else {
      return nil
    }
    return String(decoding: found.member.header.target, as: UTF8.self)
  }

  // MARK: Looking up

  /// The path in the data directory, cleaned; nil for one that is elsewhere.
  private func inside(_ path: String) -> [UInt8]? {
    for root in [self.path, absolutePath] where path.hasPrefix(root) {
      let rest = path.utf8.dropFirst(root.utf8.count)
      guard rest.isEmpty || rest.first == UInt8(ascii: "/") else { continue }
      var parts: [String.UTF8View.SubSequence] = []
      for part in rest.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
        if part.elementsEqual("..".utf8) {
          // It leads out of the archive.
          guard parts.popLast() != nil else { return nil }
        } else {
          parts.append(part)
        }
      }
      return Array(parts.joined(separator: "/".utf8))
    }
    return nil
  }

  private func find(
    _ name: [UInt8], as path: String, followingLinks: Bool
  ) throws(FileError) -> (mount: Mount, member: TarArchive.Member) {
    var links = 0
    var (done, rest) = ([UInt8](), name.split(separator: UInt8(ascii: "/")).map { Array($0) }[...])
    var found = try lookUp([], as: path)
    while let part = rest.popFirst() {
      let next = done.appending(part)
      found = try lookUp(next, as: path)
      switch found.member.header.kind {
      case .symbolicLink where followingLinks || !rest.isEmpty:
        links += 1
        guard links <= Self.linkLimit else { throw FileError(path: path, errno: ELOOP, reason: .system(call: "open")) }
        let target = try Self.target(found.member, from: done, as: path)
        rest = (target + rest)[...]
        done = []
      case .folder: done = next
      default:
        guard rest.isEmpty else { throw FileError(path: path, errno: ENOTDIR, reason: .system(call: "open")) }
        done = next
      }
    }
    if found.member.header.kind == .folder, done.isEmpty { found = try lookUp([], as: path) }
    if found.member.header.kind == .hardLink {
      do throws(FileError) { found.member = try found.mount.archive.original(of: found.member) } catch {
        throw FileError(path: path, errno: error.errno, reason: error.reason)
      }
    }
    // Callers compare with the name in the data directory.
    found.member.name = done
    return found
  }

  /// The parts of a link's target, from the data directory on. Throws where it leads out of it.
  private static func target(
    _ member: TarArchive.Member, from folder: [UInt8], as path: String
  ) throws(FileError) -> [[UInt8]] {
    let target = member.header.target
    var parts = target.first == UInt8(ascii: "/") ? nil : folder.split(separator: UInt8(ascii: "/")).map { Array($0) }
    for part in target.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
      if part.elementsEqual("..".utf8) {
        if parts?.popLast() == nil { parts = nil }
      } else {
        parts?.append(Array(part))
      }
    }
    guard let parts else {
      throw FileError(path: path, reason: .refused("is a symbolic link that leads out of the archive"))
    }
    return parts
  }

  private func lookUp(_ name: [UInt8], as path: String) throws(FileError) -> (mount: Mount, member: TarArchive.Member) {
    var fault: (TarArchive, String)?
    for mount in mounts {
      guard let inner = mount.inner(name) else { continue }
      if let member = try mount.archive.member(inner) { return (mount, member) }
      if name == mount.folder { return (mount, Self.folder) }
      if let found = mount.archive.incompleteness { fault = (mount.archive, found) }
    }
    if let (archive, words) = fault { throw Self.unknown(path, archive, words) }
    throw FileError(path: path, errno: ENOENT, reason: .system(call: "open"))
  }

  /// A folder that no header tells of.
  private static let folder = TarArchive.Member(header: .folder, name: [], content: 0, place: 0)

  private static func unknown(_ path: String, _ archive: TarArchive, _ words: String) -> FileError {
    let name = archive.path.split(separator: "/").last ?? ""
    return FileError(path: path, reason: .refused("may be missing or not: \(name) is damaged, \(words)"))
  }

  private static func kind(of header: TarHeader) -> FileKind {
    switch header.kind {
    case .file, .sparse, .hardLink: .regular
    case .folder: .directory
    case .symbolicLink: .symbolicLink
    case .fifo: .fifo
    case .device: .blockDevice
    case .longName, .longTarget, .extended, .global, .label, .unknown: .other
    }
  }

  private static func status(of found: (mount: Mount, member: TarArchive.Member)) throws(FileError) -> FileStatus {
    let header = found.member.header
    let path = String(decoding: found.member.name, as: UTF8.self)
    switch header.kind {
    case .sparse:
      throw FileError(path: path, reason: .refused("has holes in the archive (sparse), which is not read: unpack it"))
    default: break
    }
    return FileStatus(
      kind: kind(of: header), size: header.size, modifiedAt: Timestamp(unixMicroseconds: header.modifiedAt),
      owner: header.owner, permissions: header.permissions,
      identity: FileStatus.Identity(
        device: .max - UInt64(found.mount.number), inode: UInt64(found.member.place)))
  }
}

extension TarStorage.Mount {
  /// The last part of a path that lies in a folder itself; nil for any other.
  fileprivate static func name(of path: [UInt8], in folder: [UInt8]) -> [UInt8]? {
    guard !path.isEmpty else { return nil }
    let slash = path.lastIndex(of: UInt8(ascii: "/"))
    guard path[..<(slash ?? 0)].elementsEqual(folder) else { return nil }
    return Array(path[(slash.map { $0 + 1 } ?? 0)...])
  }

  /// A name of the data directory as the archive has it; nil where it lies elsewhere.
  fileprivate func inner(_ name: [UInt8]) -> [UInt8]? {
    if folder.isEmpty { return root.isEmpty ? name : name.isEmpty ? root : root.appending(name) }
    guard name.starts(with: folder) else { return nil }
    if name.count == folder.count { return [] }
    return name[folder.count] == UInt8(ascii: "/") ? Array(name[(folder.count + 1)...]) : nil
  }
}

extension [UInt8] {
  /// One more part of a path.
  fileprivate func appending(_ part: some Sequence<UInt8>) -> [UInt8] {
    isEmpty ? Array(part) : self + [UInt8(ascii: "/")] + part
  }
  fileprivate func appending(_ part: String) -> [UInt8] { appending(part.utf8) }
}
