import ClusterFiles
import Evidence
import LiveServer
import PostgresFormat
import Reporting

/// Where evidence comes from, as it is named on the command line. All become the same evidence.
///
/// A path that exists is a path; anything else with a `=` in it, or with the beginning of a URI, is for libpq.
enum Source {
  /// A directory, or a base backup as tar.
  case directory(DataDirectory)
  /// What `capture` wrote.
  case evidenceFile(path: String)
  /// A running server.
  case server(connection: String)

  /// Looks at what is there, or ends the command with a message that says what is there instead and what to give.
  init(_ text: String) throws {
    do {
      if Self.isServer(text) {
        self = .server(connection: text)
      } else if let directory = try Self.directory(at: text) {
        self = .directory(directory)
      } else {
        self = .evidenceFile(path: text)
      }
    } catch let error as DataDirectory.OpenError {
      throw SourceFailure.of(error, text)
    }
  }

  /// A data directory's files, in place or in a tar file; nil for another regular file. Throws ``DataDirectory/OpenError``.
  static func directory(at path: String) throws -> DataDirectory? {
    if let base = TarStorage.base(at: path) {
      let storage: TarStorage
      let progress = ProgressLine()
      defer { progress.finish() }
      do throws(FileError) {
        storage = try TarStorage(path: base) { progress.update("reading the archive: \($0 >> 20) MB") }
      } catch { throw DataDirectory.OpenError.file(error) }
      return try DataDirectory(path: base, in: storage)
    }
    return EvidenceFile.isOne(path) ? nil : try DataDirectory(path: path)
  }

  static func isServer(_ text: String) -> Bool {
    !EvidenceFile.isOne(text) && ServerSource.isOne(text) && !DataDirectory.exists(text)
  }

  /// As it was given, but of a folder with a base backup the tar file in it.
  var text: String {
    switch self {
    case .directory(let directory): directory.path
    case .evidenceFile(let path): path
    case .server(let connection): connection
    }
  }

  /// Where more can be read than was gathered.
  var directory: DataDirectory? { if case .directory(let directory) = self { directory } else { nil } }

  /// Something that was put down earlier: it does not show what its server did since.
  var isCopy: Bool {
    switch self {
    case .directory(let directory): !directory.storage.mayHaveServers
    case .evidenceFile: true
    case .server: false
    }
  }

  /// Reads all that it tells, or ends the command with a message. `configurationFile` is for a directory, whose server is given it.
  /// `isAlone`: nothing else in the process takes memory meanwhile.
  func gather(configurationFile: String? = nil, isAlone: Bool = true) throws -> Evidence {
    do {
      switch self {
      case .directory(let directory): return directory.gather(configurationFile: configurationFile)
      case .evidenceFile(let path): return try EvidenceFile.read(path)
      case .server(let connection):
        var bounds = ServerBounds()
        bounds.watchesMemory = isAlone
        return try ServerSource(connection).gather(at: DataDirectory.now, bounds: bounds)
      }
    } catch let error as ServerError {
      throw CommandFailure("\(ServerSource.shown(text)): \(error.message)", hint: error.hint)
    } catch let error as EvidenceFile.ReadError {
      throw SourceFailure.of(error, text)
    }
  }

  /// Reads what happened in its WAL from a position on; nil where it has none to read, or none of this node's.
  func walReader(for evidence: Evidence) -> WALStretchReader? {
    directory.flatMap { WALStretchReader(evidence, dataDirectory: $0.path, in: $0.storage) }
  }

  /// Whether two directories on one timeline have different WAL; nil as well where one of them is not a directory.
  static func difference(_ a: (source: Source, evidence: Evidence), _ b: (source: Source, evidence: Evidence))
    -> WALDifference?
  {
    guard let one = a.source.directory, let other = b.source.directory else { return nil }
    return WALDifference.find((a.evidence, one), (b.evidence, other))
  }

  /// As it may be printed: without passwords.
  static func shown(_ text: String) -> String { isServer(text) ? ServerSource.shown(text) : text }

  /// The same as one word of a shell's command line.
  static func quoted(_ text: String) -> String { ShellWord.quoted(shown(text)) }

  /// Options and their values, as a shell takes them.
  static func words(_ options: [(String, String)]) -> String {
    options.map { "\($0.0) \(quoted($0.1))" }.joined(separator: " ")
  }
}
