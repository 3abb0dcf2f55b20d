package import Evidence
package import PostgresFormat

/// Reads the settings of a data directory as its server would at the next start: the main file with all that it
/// includes, postgresql.auto.conf, the command line of the last start, and recovery.conf. Secrets are removed.
///
/// Follows src/backend/utils/misc/guc-file.l and conffiles.c.
package struct ConfigurationReader {
  /// All assignments in the order in which the server takes them, secrets removed.
  package private(set) var settings = SettingsEvidence()
  /// Files that could not be read, with paths from the data directory.
  package private(set) var problems: [Problem] = []

  private let directory: String
  private let storage: any ClusterStorage
  /// The main file, where the user names it.
  private let given: String?

  /// Reads all of it. `options` is the command line of postmaster.opts, where there is one; `mainFile` goes before what that says
  /// of config_file.
  package init(
    directory: String, in storage: any ClusterStorage = PosixStorage(), options: PostmasterOptions?,
    mainFile given: String? = nil
  ) {
    self.storage = storage
    self.directory = ConfigurationPath.absolute(directory)
    self.given = given.map(ConfigurationPath.absolute)
    let commandLine = ServerCommandLine(options)
    var files = ConfigurationIncludes(in: storage)

    if let main = mainFile(commandLine) {
      settings.mainFile = shown(main)
      settings.assignments += files.statements(ofMainFile: main).compactMap(assignment)
    }
    let auto = self.directory + "/postgresql.auto.conf"
    // One that cannot be asked about is read, and says why it cannot be.
    if (try? storage.exists(auto)) != false {
      settings.assignments += files.statements(ofMainFile: auto).compactMap(assignment)
    }
    settings.assignments += commandLine.assignments.compactMap { name, value in
      SecretRedaction.capturedValue(ofSetting: name, value).map {
        SettingAssignment(name: name, value: $0, path: "postmaster.opts", line: 0, origin: .commandLine)
      }
    }

    let recovery = self.directory + "/recovery.conf"
    settings.hasRecoveryConf = (try? storage.exists(recovery, followingLinks: false)) != false
    if settings.hasRecoveryConf {
      settings.recovery = files.statements(ofMainFile: recovery).compactMap { found in
        var parameter = assignment(found)
        // Unlike settings, these are compared as written.
        parameter?.name = found.statement.name
        return parameter
      }
    }

    settings.files = Set(settings.assignments.lazy.filter { $0.origin == .file }.map(\.path)).sorted().map { path in
      let status = try? storage.status(path.hasPrefix("/") ? path : self.directory + "/" + path)
      return SettingsFile(path: path, modifiedAt: status?.modifiedAt)
    }

    noteFilesElsewhere(commandLine)

    settings.syntaxErrors = files.errors.map { error in
      SettingSyntaxError(path: shown(error.path), line: error.line, message: SecretRedaction.scrubbed(error.message))
    }
    problems += files.problems.map { Problem(subject: $0.subject, path: shown($0.path), cause: $0.cause) }
  }

  /// postgresql.conf in the directory, or the file that `config_file` names; nil where that is not there. Where the name
  /// led into the directory that the server was started on (`-D`), it leads into this one, which may be a copy of it.
  private mutating func mainFile(_ commandLine: ServerCommandLine) -> String? {
    var path = given ?? directory + "/postgresql.conf"
    if given == nil, let configured = commandLine.configurationFile {
      path = ConfigurationPath.resolve(configured, in: directory)
      if let started = commandLine.dataDirectory, started.hasPrefix("/") {
        let prefix = ConfigurationPath.absolute(started) + "/"
        if path.hasPrefix(prefix) { path = directory + "/" + path.dropFirst(prefix.utf8.count) }
      }
    }
    do throws(FileError) { _ = try storage.status(path) } catch {
      problems.append(ConfigurationIncludes.problem(error, path: shown(path)))
      return nil
    }
    return path
  }

  /// Files outside a directory that is not where its server ran, but a copy or a mounted disk, may be another server's.
  private mutating func noteFilesElsewhere(_ commandLine: ServerCommandLine) {
    guard given == nil, let started = commandLine.dataDirectory, started.hasPrefix("/"),
      let file = settings.files?.first(where: { $0.path.hasPrefix("/") }),
      (try? storage.status(started))?.identity != (try? storage.status(directory))?.identity
    else { return }
    problems.append(
      Problem(
        subject: "configuration", path: file.path,
        cause: .other(
          code: "elsewhere",
          message: "may be another server's: it lies outside the data directory, whose server was started on \(started)"
        )))
  }

  /// nil for a setting that evidence does not keep.
  private func assignment(_ found: ConfigurationIncludes.Found) -> SettingAssignment? {
    let statement = found.statement
    return SecretRedaction.capturedValue(ofSetting: statement.name, statement.value).map { value in
      SettingAssignment(
        name: SettingDefinition.normalized(statement.name), value: value, path: shown(found.path), line: statement.line)
    }
  }

  /// The path from the data directory, or the whole one of a file elsewhere.
  private func shown(_ path: String) -> String {
    SecretRedaction.scrubbed(
      path.hasPrefix(directory + "/") ? String(path.dropFirst(directory.utf8.count + 1)) : path)
  }
}

extension DataDirectory {
  /// A setting's value as the file has it that evidence names, with what evidence withholds: to be used, never to be shown. nil
  /// where the line is no longer what it was.
  package func wholeValue(of assignment: SettingAssignment) -> String? {
    guard assignment.origin == .file else { return nil }
    let folder = ConfigurationPath.absolute(path)
    let file = assignment.path.hasPrefix("/") ? assignment.path : folder + "/" + assignment.path
    var files = ConfigurationIncludes(in: storage)
    let found = files.statements(ofMainFile: file).last {
      $0.path == file && $0.statement.line == assignment.line
        && SettingDefinition.normalized($0.statement.name) == SettingDefinition.normalized(assignment.name)
    }
    guard let value = found?.statement.value,
      SecretRedaction.capturedValue(ofSetting: assignment.name, value) == assignment.value
    else { return nil }
    return value
  }
}
