#include <deltaic/datafusion/script.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace deltaic::datafusion {
namespace {

std::vector<std::string> Texts(std::string_view text) {
  const Script script = SplitScript(text);
  std::vector<std::string> texts;
  for (const ScriptStatement& statement : script.statements) texts.push_back(statement.text);
  texts.push_back(script.rest.text);
  return texts;
}

TEST(SplitScript, EndsStatementsAtSemicolonsOutsideOfQuotesAndComments) {
  EXPECT_EQ(Texts("select ';' ; -- a; b\nselect \"x;y\" /* ; */ ;;\n select 'é;' ; "),
            (std::vector<std::string>{"select ';'", "select \"x;y\" /* ; */", "select 'é;'", ""}));
}

TEST(SplitScript, LeavesTheUnfinishedRest) {
  using Strings = std::vector<std::string>;
  EXPECT_EQ(Texts("select 1;select 'a"), (Strings{"select 1", "select 'a"}));
  EXPECT_EQ(Texts("select 1"), Strings{"select 1"});
  EXPECT_EQ(Texts(" -- note"), Strings{""});
  EXPECT_EQ(Texts("/* open ;"), Strings{"/* open ;"});
  EXPECT_EQ(Texts(""), Strings{""});
}

// The text of each statement is that of the script from its place on.
TEST(SplitScript, TellsWhereStatementsBegin) {
  const std::string text = "-- é\n  select 1; select\n2 ;\n\n/* x\n */ é ';\n' ; rest";
  const Script script = SplitScript(text);
  ASSERT_EQ(script.statements.size(), 3);
  EXPECT_EQ(script.statements[0].begin, (TextPlace{2, 3}));
  EXPECT_EQ(script.statements[1].begin, (TextPlace{2, 13}));
  EXPECT_EQ(script.statements[2].begin, (TextPlace{6, 5}));
  EXPECT_EQ(script.statements[2].text, "é ';\n'");
  EXPECT_EQ(script.rest.begin, (TextPlace{7, 4}));
  EXPECT_EQ(script.rest.text, " rest");
}

}  // namespace
}  // namespace deltaic::datafusion
