import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import Reporting
@testable import SlotSafety

/// No byte of any output depends on the order of the rules, nor on the order in which a rule tells its findings.
@Suite struct RuleOrderTests {
  private static let seeds: [UInt64] = [1, 2, 3]
  private static let time = Timestamp(unixSeconds: 0)
  private static let style = TextStyle(color: false, width: 100)

  private func shuffled(_ seed: UInt64) -> RuleRegistry {
    var random = SplitMix(state: seed)
    return RuleRegistry(units: RuleRegistry.all.units.shuffled(using: &random).map(\.toldBackwards))
  }

  private func read(_ path: String) async throws -> Evidence {
    var evidence = try DataDirectory(path: path).gather()
    evidence.stretches = try await WALStretchReader(evidence, dataDirectory: path)?.stretches(from: nil) ?? []
    return evidence
  }

  private func outputs(of node: Evidence, by rules: RuleRegistry) -> [String] {
    let inspection = Inspection(node, by: rules)
    return [
      InspectText.report(inspection, style: Self.style, verbose: true).text,
      InspectJSON.document(inspection).serialized(pretty: true), InspectNagios.line(inspection, state: .ok),
      InspectPrometheus.metrics(inspection, isUp: true, at: Self.time),
    ]
  }

  /// As it is, by the operator's word, and without the primary.
  private func outputs(of primary: Evidence, _ standby: Evidence, by rules: RuleRegistry) -> [String] {
    let questions: [(Evidence?, Set<Premise>)] = [(primary, []), (primary, Set(Premise.assumable)), (nil, [])]
    return questions.flatMap { primary, assumed -> [String] in
      var audit = Audit(primary: primary, standbys: [standby], assumed: assumed)
      audit.rules = rules
      let assessments = audit.assessments()
      return [
        AuditText.report(assessments, then: [], now: nil, style: Self.style, verbose: true).text,
        AuditJSON.document(assessments).serialized(pretty: true),
        AuditHTML.page(assessments, at: Self.time), AuditNagios.line(assessments),
        AuditPrometheus.metrics(assessments, at: Self.time),
        (try? makePlan(audit)).map { PlanJSON.document($0).serialized(pretty: true) } ?? "",
      ]
    }
  }

  private func compare(_ nodes: [Evidence], _ name: String) {
    for node in nodes {
      let expected = outputs(of: node, by: .all)
      for seed in Self.seeds { #expect(outputs(of: node, by: shuffled(seed)) == expected, "\(name), seed \(seed)") }
    }
    for primary in nodes {
      for standby in nodes where primary.origin.source != standby.origin.source {
        let expected = outputs(of: primary, standby, by: .all)
        for seed in Self.seeds {
          #expect(outputs(of: primary, standby, by: shuffled(seed)) == expected, "\(name), seed \(seed)")
        }
      }
    }
  }

  @Test(arguments: Fixtures.names) func fixtures(name: String) async throws {
    var nodes: [Evidence] = []
    for node in try Fixtures.nodes(name).prefix(3) { nodes.append(try await read(node.path)) }
    compare(nodes, name)
  }

  @Test(arguments: FailoverFixture.names) func failovers(name: String) async throws {
    let folder = try FailoverFixture.unpacked(name).folder
    compare([try await read(folder + "/primary"), try await read(folder + "/standby")], name)
  }

  @Test(arguments: FailoverFixture.external) func furtherFailovers(one: FailoverFixture) async throws {
    compare([try await read(one.folder + "/primary"), try await read(one.folder + "/standby")], one.name)
  }

  /// Nothing but the order is changed: a rule that is left out is missed.
  @Test func aRuleThatIsLeftOutIsMissed() async throws {
    let node = try await read(Fixtures.node("pg17-invalidated", "data").path)
    let others = RuleRegistry(units: RuleRegistry.all.units.filter { !$0.rules.contains { $0.id == .slotLost } })
    #expect(outputs(of: node, by: others) != outputs(of: node, by: .all))
  }

  /// What a slot of a standby's files comes to by itself never contradicts what an audit makes of it.
  @Test(arguments: FailoverFixture.names) func aSlotThatIsNotFineIsNeverReady(name: String) async throws {
    let folder = try FailoverFixture.unpacked(name).folder
    let (primary, standby) = (try await read(folder + "/primary"), try await read(folder + "/standby"))
    let inspection = Inspection(standby)
    for slot in inspection.slots where slot.evidence.state?.isLogical == true && slot.fate != .fine {
      let judged = Audit(primary: primary, standbys: [standby]).assessments()[0].slots.filter {
        $0.slotName == slot.name
      }
      #expect(judged.allSatisfy { $0.verdict != .ready }, "\(slot.name)")
    }
    #expect(
      inspection.slots.contains { $0.fate != .fine && $0.fate != .vanishes } == false || inspection.worst == .error)
  }
}

extension RuleUnit {
  /// With the notes of each outcome, and the checks, in the other order.
  fileprivate var toldBackwards: RuleUnit {
    @Sendable func turned(_ outcome: Outcome?) -> Outcome? {
      var result = outcome
      result?.notes.reverse()
      return result
    }
    var result = self
    result.checks = checks.reversed().map { check in
      switch check {
      case .slot(let situations, let ask): .slot(situations) { turned(ask($0)) }
      case .slotWhereAllHold(let situations, let ask): .slotWhereAllHold(situations) { turned(ask($0)) }
      case .everySlot(let ask): .everySlot { turned(ask($0)) }
      case .promotion(let ask): .promotion { ask($0, $1).reversed() }
      case .alone(let ask): .alone { turned(ask($0)) }
      case .node(let ask): .node { ask($0).reversed() }
      case .nodeSlot(let conditions, let ask): .nodeSlot(conditions) { turned(ask($0, $1)) }
      case .before: .before
      }
    }
    return result
  }
}
