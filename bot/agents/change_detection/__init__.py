"""The change detection agent: compare two trees and list the facts."""
