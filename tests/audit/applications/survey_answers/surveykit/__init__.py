from surveykit.coding import code_answer, theme_report

__all__ = ["code_answer", "theme_report"]
