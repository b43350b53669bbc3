import Foundation
import Mustache
import SloopModel

/// The templates by their names, and what they are drawn with.
struct Templates: Sendable {
    private let library: MustacheLibrary

    init() throws {
        MustacheContentTypes.register(EscapedHTML(), named: EscapedHTML.name)
        var library = MustacheLibrary()
        for (name, bytes) in Templates.files {
            // Without a line end of its own, which would be one in the page.
            let text = "{{%CONTENT_TYPE:\(EscapedHTML.name)}}" + String(decoding: bytes, as: UTF8.self)
            do {
                try library.register(text, named: name)
            } catch {
                throw SloopError(.unexpected, "the template '\(name)' has a fault", cause: error)
            }
        }
        self.library = library
    }

    func render(_ context: Any, _ name: String) throws -> String {
        guard let text = library.render(context, withTemplate: name) else {
            throw SloopError(.unexpected, "there is no template '\(name)'")
        }
        return text
    }

    private static let files: [(String, [UInt8])] = [
        ("layout", PackageResources.layout_mustache),
        ("part", PackageResources.part_mustache),
        ("form-token", PackageResources.form_token_mustache),
        ("fault", PackageResources.fault_mustache),
        ("fault-page", PackageResources.fault_page_mustache),
        ("sign-in", PackageResources.sign_in_mustache),
        ("instances", PackageResources.instances_mustache),
        ("instance-cards", PackageResources.instance_cards_mustache),
        ("create", PackageResources.create_mustache),
        ("instance", PackageResources.instance_mustache),
        ("instance-head", PackageResources.instance_head_mustache),
        ("instance-launch", PackageResources.instance_launch_mustache),
        ("instance-network", PackageResources.instance_network_mustache),
        ("instance-storage", PackageResources.instance_storage_mustache),
        ("instance-metrics", PackageResources.instance_metrics_mustache),
        ("terminal", PackageResources.terminal_mustache),
        ("instance-delete", PackageResources.instance_delete_mustache),
        ("keys", PackageResources.keys_mustache),
        ("key-list", PackageResources.key_list_mustache),
        ("key", PackageResources.key_mustache),
        ("key-rotations", PackageResources.key_rotations_mustache),
        ("key-made", PackageResources.key_made_mustache),
        ("key-offer", PackageResources.key_offer_mustache),
        ("storage", PackageResources.storage_mustache),
        ("storage-lists", PackageResources.storage_lists_mustache),
        ("cost", PackageResources.cost_mustache),
        ("cost-items", PackageResources.cost_items_mustache),
        ("alarms", PackageResources.alarms_mustache),
        ("alarm-list", PackageResources.alarm_list_mustache),
        ("alarm-row", PackageResources.alarm_row_mustache),
        ("instance-alarms", PackageResources.instance_alarms_mustache),
        ("automatic-snapshots", PackageResources.automatic_snapshots_mustache),
        ("operations", PackageResources.operations_mustache),
        ("operation-rows", PackageResources.operation_rows_mustache),
        ("settings", PackageResources.settings_mustache),
        ("access-key-made", PackageResources.access_key_made_mustache),
    ]
}

/// Text as HTML that can stand in an element and in a quoted attribute.
///
/// The library's own goes by characters as a person sees them: to it, a quote with a combining mark after it is no quote,
/// and to a browser it ends the attribute all the same.
struct EscapedHTML: MustacheContentType {
    static let name = "ESCAPED-HTML"

    func escapeText(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\r": escaped += "&#13;"
            // A page can hold no zero byte.
            case "\0": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
