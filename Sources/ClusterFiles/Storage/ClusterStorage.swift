package import PostgresFormat

/// Where the files of a cluster lie: a file system's folders, a base backup as tar, memory. ClusterFiles reads through it alone.
///
/// A path is that of the data directory, as it was named, and what follows. What cannot be asked is an error that says so: only
/// `ENOENT` (``FileError/isMissing``) means that nothing is there.
package protocol ClusterStorage: Sendable {
  /// What is at a path. A symbolic link is followed unless told not to.
  func status(_ path: String, followingLinks: Bool) throws(FileError) -> FileStatus
  /// A regular file; anything else is ``FileError/Reason/notRegularFile(_:)``.
  func open(_ path: String) throws(FileError) -> BoundedFile
  /// Gives every name in a folder to `body`, in no order, with the entry's kind where it is known without asking. Throws
  /// ``FileError/Reason/tooManyEntries(limit:)`` instead of giving more than `limit` names.
  func forEachName(
    in folder: String, limit: Int, _ body: (UnsafeRawBufferPointer, FileKind?) throws(FileError) -> Void
  ) throws(FileError)
  /// Where a symbolic link leads, as it is written; nil where the path is none.
  func target(ofLink path: String) -> String?
  /// Whether a server of this machine may run on a directory in it. Where not, nobody can look for the process of a postmaster.pid.
  var mayHaveServers: Bool { get }
  /// Reading anywhere but onwards costs reading all that lies before once more: one reader at a time is the fastest.
  var readsInOrder: Bool { get }
  /// The newest of its files' times, where it is a copy that was put down then; nil of what is as it is now.
  var madeAt: Timestamp? { get }
}

extension ClusterStorage {
  /// Any place is as near as any other.
  package var readsInOrder: Bool { false }
  /// As it is now.
  package var madeAt: Timestamp? { nil }

  /// What is at a path, links followed.
  package func status(_ path: String) throws(FileError) -> FileStatus { try status(path, followingLinks: true) }

  /// Whether anything at all is there. Throws ``FileError`` where that cannot be told, which is no answer.
  package func exists(_ path: String, followingLinks: Bool = true) throws(FileError) -> Bool {
    do throws(FileError) { _ = try status(path, followingLinks: followingLinks) } catch {
      if error.isMissing { return false }
      throw error
    }
    return true
  }

  /// Whether nothing has this path any more, not even a link that leads nowhere.
  func isGone(_ path: String) -> Bool { (try? exists(path, followingLinks: false)) == false }

  /// The whole of a regular file, at most `limit` bytes. Throws ``FileError`` where it is missing, is no regular file, is
  /// larger, or cannot be read.
  package func wholeFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    try open(path).readAll(limit: limit)
  }

  /// The entries of a folder, sorted; more than `limit` are ``FileError/Reason/tooManyEntries(limit:)``.
  package func entries(
    of folder: String, limit: Int = DirectoryListing.defaultLimit
  ) throws(FileError) -> [DirectoryListing.Entry] {
    try DirectoryListing(path: folder, in: self, limit: limit).entries
  }
}

/// The file system of this machine.
package struct PosixStorage: ClusterStorage {
  /// This is where they run.
  package var mayHaveServers: Bool { true }
  /// It has no state.
  package init() {}

  /// `stat`, or `lstat`.
  package func status(_ path: String, followingLinks: Bool) throws(FileError) -> FileStatus {
    try FileStatus(path: path, followingLinks: followingLinks)
  }

  /// Opened for reading, which leaves no trace.
  package func open(_ path: String) throws(FileError) -> BoundedFile { try BoundedFile(path: path) }

  /// `readdir`.
  package func forEachName(
    in folder: String, limit: Int, _ body: (UnsafeRawBufferPointer, FileKind?) throws(FileError) -> Void
  ) throws(FileError) {
    let scan = try FolderScan(path: folder)
    try unsafe scan.forEach(limit: limit, body)
  }

  /// `readlink`.
  package func target(ofLink path: String) -> String? { targetOfLink(at: path) }
}
