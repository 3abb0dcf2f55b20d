import Evidence
import Glibc
import PostgresFormat

/// Configuration files with what they include, read in place: `include`, `include_if_exists` and `include_dir`.
///
/// As in the server, a file may not include itself and includes may go ten deep. Besides, all files and folders together are
/// bounded in number and in bytes, so that files which include each other many times cannot multiply without end.
/// Follows src/backend/utils/misc/conffiles.c.
struct ConfigurationIncludes {
  /// One statement and the absolute path of its file.
  struct Found {
    var statement: ConfigurationText.Statement
    var path: String
  }

  /// A line that stops the start, and the server's words for it.
  struct LineError {
    var path: String
    var line: Int
    var message: String
  }

  private let storage: any ClusterStorage
  private(set) var errors: [LineError] = []
  private(set) var problems: [Problem] = []
  private var filesLeft = 1000
  private var bytesLeft = 4 << 20
  /// Statements, and names in folders.
  private var statementsLeft = 200_000

  /// `CONF_FILE_MAX_DEPTH`; the main file has depth 0.
  private static let maximumDepth = 10

  init(in storage: any ClusterStorage) { self.storage = storage }

  /// The statements that are no includes, in the order in which the server takes them.
  mutating func statements(ofMainFile path: String) -> [Found] {
    var found: [Found] = []
    read(path, depth: 0, into: &found)
    return found
  }

  private mutating func read(
    _ path: String, from includer: (path: String, line: Int)? = nil, depth: Int, into found: inout [Found]
  ) {
    guard takesOneMore(path) else { return }
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try storage.wholeFile(path, limit: min(ConfigurationText.fileSizeLimit, bytesLeft))
    } catch {
      fail(includer ?? (path, 1), Self.words(for: error, path: path), error, path: path)
      return
    }
    bytesLeft -= bytes.count
    let text = ConfigurationText(bytes)
    for error in text.errors {
      let place = "syntax error in file \"\(path)\" line \(error.reportedLine), \(error.nearness)"
      errors.append(LineError(path: path, line: error.line, message: place))
    }
    if text.abandoned {
      errors.append(
        LineError(
          path: path, line: text.errors.last?.line ?? 1,
          message: "too many syntax errors found, abandoning file \"\(path)\""))
    }
    for statement in text.statements {
      guard statementsLeft > 0 else { break }
      statementsLeft -= 1
      switch SettingDefinition.normalized(statement.name) {
      case "include": include(statement, in: path, depth: depth + 1, mustExist: true, into: &found)
      case "include_if_exists": include(statement, in: path, depth: depth + 1, mustExist: false, into: &found)
      case "include_dir": includeFolder(statement, in: path, depth: depth + 1, into: &found)
      default: found.append(Found(statement: statement, path: path))
      }
    }
  }

  /// Whether a file or folder may still be read; counts it, or notes that it is left out.
  private mutating func takesOneMore(_ path: String) -> Bool {
    guard filesLeft > 0, bytesLeft > 0, statementsLeft > 0 else {
      note(code: "too_many_includes", "is not read: the files included together are too many or too large", path)
      return false
    }
    filesLeft -= 1
    return true
  }

  private mutating func include(
    _ statement: ConfigurationText.Statement, in path: String, depth: Int, mustExist: Bool, into found: inout [Found]
  ) {
    let location = statement.value
    let includer = (path, statement.line)
    guard !location.utf8.allSatisfy({ " \t\r\n".utf8.contains($0) }) else {
      return refuse(includer, "empty configuration file name: \"\(location)\"")
    }
    let target = ConfigurationPath.resolve(location, in: ConfigurationPath.directory(of: path))
    guard allowed(target, named: location, from: includer, depth: depth) else { return }
    if !mustExist {
      do throws(FileError) { _ = try storage.status(target) } catch  where error.isMissing { return } catch {}
    }
    read(target, from: includer, depth: depth, into: &found)
  }

  private mutating func includeFolder(
    _ statement: ConfigurationText.Statement, in path: String, depth: Int, into found: inout [Found]
  ) {
    let location = statement.value
    let includer = (path, statement.line)
    guard !location.utf8.allSatisfy({ " \t\r\n".utf8.contains($0) }) else {
      return refuse(includer, "empty configuration directory name: \"\(location)\"")
    }
    let folder = ConfigurationPath.resolve(location, in: ConfigurationPath.directory(of: path))
    guard takesOneMore(folder) else { return }
    let entries: [DirectoryListing.Entry]
    do throws(FileError) {
      entries = try storage.entries(of: folder, limit: 100_000)
    } catch {
      fail(
        includer, "could not open configuration directory \"\(folder)\": \(error.message)", error, path: folder)
      return
    }
    statementsLeft -= entries.count
    for entry in entries where Self.isConfigurationFile(entry.name) {
      let target = folder + "/" + entry.name
      guard entry.nameIsExact else {
        note(code: "name_not_utf8", "is not read: its name is not UTF-8", target)
        continue
      }
      guard (try? storage.status(target))?.kind != .directory else { continue }
      guard allowed(target, named: target, from: includer, depth: depth) else { continue }
      read(target, from: includer, depth: depth, into: &found)
    }
  }

  /// Depth first, then direct recursion: the server's order.
  private mutating func allowed(_ target: String, named: String, from includer: (path: String, line: Int), depth: Int)
    -> Bool
  {
    guard depth <= Self.maximumDepth else {
      refuse(includer, "could not open configuration file \"\(named)\": maximum nesting depth exceeded")
      return false
    }
    guard target != includer.path else {
      refuse(includer, "configuration file recursion in \"\(includer.path)\"")
      return false
    }
    return true
  }

  private static func isConfigurationFile(_ name: String) -> Bool {
    name.utf8.count >= 6 && !name.hasPrefix(".") && name.hasSuffix(".conf")
  }

  /// A file or folder that cannot be read. The server stops at it, too, but for what only its own user may read.
  private mutating func fail(_ place: (path: String, line: Int), _ words: String, _ error: FileError, path: String) {
    if error.errno != EACCES { refuse(place, words) }
    problems.append(ConfigurationIncludes.problem(error, path: path))
  }

  private mutating func refuse(_ place: (path: String, line: Int), _ message: String) {
    guard errors.count < 10_000 else { return }
    errors.append(LineError(path: place.path, line: place.line, message: message))
  }

  private mutating func note(code: String, _ message: String, _ path: String) {
    guard problems.last?.cause != .other(code: code, message: message) else { return }
    problems.append(Problem(subject: "configuration", path: path, cause: .other(code: code, message: message)))
  }

  static func problem(_ error: FileError, path: String) -> Problem {
    Problem(error, subject: "configuration", path: path)
  }

  private static func words(for error: FileError, path: String) -> String {
    switch error.reason {
    case .notRegularFile: "input in flex scanner failed at file \"\(path)\" line 1"
    case .system, .notDirectory, .tooLarge, .shrank, .tooManyEntries, .packed, .unpacking, .refused:
      "could not open configuration file \"\(path)\": \(error.message)"
    }
  }
}
