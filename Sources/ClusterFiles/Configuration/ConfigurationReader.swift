package import Evidence
package import PostgresFormat

/// Reads the settings of a data directory as its server would at the next start: the main file with all that it
/// includes, postgresql.auto.conf, the command line of the last start, and recovery.conf. Passwords are removed.
///
/// Follows src/backend/utils/misc/guc-file.l and conffiles.c.
package struct ConfigurationReader {
  /// All assignments in the order in which the server takes them, passwords removed.
  package private(set) var settings = SettingsEvidence()
  /// Files that could not be read, with paths from the data directory.
  package private(set) var problems: [Problem] = []

  private let directory: String

  /// Reads all of it. `options` is the command line of postmaster.opts, where there is one.
  package init(directory: String, options: PostmasterOptions?) {
    self.directory = ConfigurationPath.absolute(directory)
    let commandLine = ServerCommandLine(options)
    var files = ConfigurationIncludes()

    if let main = mainFile(configured: commandLine.configurationFile) {
      settings.mainFile = shown(main)
      settings.assignments += files.statements(ofMainFile: main).map(assignment)
    }
    let auto = self.directory + "/postgresql.auto.conf"
    if (try? FileStatus(path: auto)) != nil {
      settings.assignments += files.statements(ofMainFile: auto).map(assignment)
    }
    settings.assignments += commandLine.assignments.map { name, value in
      SettingAssignment(
        name: name, value: SecretRedaction.redactingSetting(name: name, value: value), path: "postmaster.opts", line: 0,
        origin: .commandLine)
    }

    let recovery = self.directory + "/recovery.conf"
    settings.hasRecoveryConf = (try? FileStatus(path: recovery, followingLinks: false)) != nil
    if settings.hasRecoveryConf {
      settings.recovery = files.statements(ofMainFile: recovery).map { found in
        var parameter = assignment(found)
        // Unlike settings, these are compared as written.
        parameter.name = found.statement.name
        return parameter
      }
    }

    settings.files = Set(settings.assignments.lazy.filter { $0.origin == .file }.map(\.path)).sorted().map { path in
      let status = try? FileStatus(path: path.hasPrefix("/") ? path : self.directory + "/" + path)
      return SettingsFile(path: path, modifiedAt: status?.modifiedAt)
    }

    settings.syntaxErrors = files.errors.map { error in
      SettingSyntaxError(path: shown(error.path), line: error.line, message: error.message)
    }
    problems += files.problems.map { Problem(subject: $0.subject, path: shown($0.path), cause: $0.cause) }
  }

  /// The file that `config_file` names, where it is there; else the one in the data directory.
  private mutating func mainFile(configured: String?) -> String? {
    let own = directory + "/postgresql.conf"
    let candidates = (configured.map { [ConfigurationPath.resolve($0, in: directory)] } ?? []) + [own]
    if let path = candidates.first(where: { (try? FileStatus(path: $0)) != nil }) { return path }
    do throws(FileError) { _ = try FileStatus(path: candidates[0]) } catch {
      problems.append(ConfigurationIncludes.problem(error, path: shown(candidates[0])))
    }
    return nil
  }

  private func assignment(_ found: ConfigurationIncludes.Found) -> SettingAssignment {
    let statement = found.statement
    return SettingAssignment(
      name: SettingDefinition.normalized(statement.name),
      value: SecretRedaction.redactingSetting(name: statement.name, value: statement.value), path: shown(found.path),
      line: statement.line)
  }

  /// The path from the data directory, or the whole one of a file elsewhere.
  private func shown(_ path: String) -> String {
    path.hasPrefix(directory + "/") ? String(path.dropFirst(directory.utf8.count + 1)) : path
  }
}
