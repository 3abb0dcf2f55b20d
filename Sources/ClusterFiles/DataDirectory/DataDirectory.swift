import ByteReading
import Glibc
package import Evidence
package import PostgresFormat

/// A data directory as a source of evidence. Nothing in it is ever opened for writing.
///
/// Each file that is missing, unreadable or damaged becomes a ``Problem``, and the rest is read all the same. Only a path
/// that is no data directory at all is an error.
package struct DataDirectory: Sendable {
  /// Why a path cannot be read as a data directory.
  package enum OpenError: Error, Sendable {
    case file(FileError)
    /// A directory, but without PG_VERSION and global/pg_control.
    case notADataDirectory(path: String)
    /// PG_VERSION names a major that slotscope does not read (9.5 and before, or one it does not know yet).
    case unsupportedVersion(path: String, text: String)
  }

  /// As it was given: relative paths stay so, links are followed.
  package let path: String
  /// Through which its files are read.
  package let storage: any ClusterStorage
  let version: ServerVersion?

  /// Reads PG_VERSION alone. A version file that is missing or unreadable beside a control file is no error here.
  package init(path: String, in storage: any ClusterStorage = PosixStorage()) throws(OpenError) {
    (self.path, self.storage) = (path, storage)
    do throws(FileError) {
      let status = try storage.status(path)
      guard status.kind == .directory else {
        throw FileError(path: path, reason: .notDirectory(status.kind))
      }
    } catch { throw .file(error) }
    var versionBytes: [UInt8]?
    var refusal: FileError?
    do throws(FileError) {
      versionBytes = try storage.wholeFile(path + "/PG_VERSION", limit: VersionFile.fileSizeLimit)
    } catch {
      if !error.isMissing { refusal = error }
    }
    let hasControlFile = (try? storage.status(path + "/global/pg_control")) != nil
    guard versionBytes != nil || hasControlFile else {
      if let refusal { throw .file(refusal) }
      throw .notADataDirectory(path: path)
    }
    guard let versionBytes else {
      version = nil
      return
    }
    let text = String(decoding: versionBytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    version = ServerVersion(name: text)
    // An unreadable text is damage; a number of another major is a version that is not read.
    if version == nil, !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }) {
      throw .unsupportedVersion(path: path + "/PG_VERSION", text: text)
    }
  }

  /// Whether anything at all has this path.
  package static func exists(_ path: String) -> Bool { (try? FileStatus(path: path)) != nil }

  /// Reads all that the directory tells; `configurationFile` is its server's main configuration file, where that is known better.
  package func gather(configurationFile: String? = nil) -> Evidence {
    var evidence = Evidence(
      origin: Origin(
        kind: .dataDirectory, source: path, host: Self.hostName, gatheredAt: storage.madeAt ?? Self.now,
        place: storage.mayHaveServers ? Self.place(of: path) : nil))
    let reader = EvidenceReader(directory: path, storage: storage)
    reader.readIdentity(into: &evidence, versionFromFile: version)
    reader.readStartFiles(into: &evidence)
    reader.readConfiguration(into: &evidence, mainFile: configurationFile)
    reader.readServerLog(into: &evidence)
    reader.readTimelines(into: &evidence)
    reader.readSlots(into: &evidence)
    reader.readLogical(into: &evidence)
    reader.readPreparedTransactions(into: &evidence)
    reader.readCatalogs(into: &evidence)
    reader.readWAL(into: &evidence)
    reader.readManifest(into: &evidence)
    return evidence
  }

  /// The time of day, by this machine's clock.
  package static var now: Timestamp {
    var time = timespec()
    // SAFETY: `time` is a local structure that lives during the call.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(unixMicroseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  /// nil where the path leads nowhere or this machine has no name.
  static func place(of path: String) -> Origin.Place? {
    guard let hostName, let directory = PostmasterProcess.resolved(path) else { return nil }
    return Origin.Place(machine: hostName, directory: directory)
  }

  private static var hostName: String? {
    var buffer = [CChar](repeating: 0, count: 256)
    // SAFETY: the last byte of the buffer stays 0, so that the name is terminated whatever its length.
    guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return nil }
    return String(validating: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
