/** The kernel's coding style as far as an editor can keep it: tabs of 8, 80 columns, braces of functions on their own line. */

export const editorconfig = `root = true

[*]
charset = utf-8
end_of_line = lf
insert_final_newline = true
trim_trailing_whitespace = true

[{*.c,*.h,Makefile,Kbuild}]
indent_style = tab
indent_size = 8
tab_width = 8
max_line_length = 80

[*.{yaml,yml,json}]
indent_style = space
indent_size = 2
`;

export const clangFormat = `# The kernel's coding style, as far as clang-format can keep it.
BasedOnStyle: LLVM
IndentWidth: 8
ContinuationIndentWidth: 8
TabWidth: 8
UseTab: Always
ColumnLimit: 80
BreakBeforeBraces: Linux
Cpp11BracedListStyle: false
BreakStringLiterals: false
PenaltyBreakAssignment: 20
SpaceBeforeParens: ControlStatementsExceptForEachMacros
AlignEscapedNewlines: Left
AllowShortFunctionsOnASingleLine: None
AlignTrailingComments: false
ReflowComments: false
SortIncludes: false
ForEachMacros: [list_for_each, list_for_each_safe, list_for_each_entry, list_for_each_entry_safe]
`;
