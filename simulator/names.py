"""What departments, categories and goods are called."""

RANGE = {
    "Home": ("Cookware", "Bedding", "Lamps", "Storage", "Decor"),
    "Electronics": ("Headphones", "Chargers", "Keyboards", "Speakers", "Cameras"),
    "Beauty": ("Skincare", "Make-up", "Haircare", "Perfume", "Oral care"),
    "Food": ("Coffee", "Tea", "Snacks", "Chocolate", "Noodles"),
    "Fashion": ("Shirts", "Socks", "Jackets", "Bags", "Shoes"),
    "Sports": ("Yoga", "Running", "Cycling", "Camping", "Swimming"),
    "Family": ("Nappies", "Baby food", "Toys", "Prams", "Baby care"),
    "Pets and garden": ("Dog food", "Cat food", "Seeds", "Garden tools", "Flower pots"),
}
DEPARTMENTS = tuple(RANGE)
CATEGORIES = tuple(name for names in RANGE.values() for name in names)
BRANDS = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper", "Larch", "Maple")
LINES = ("Classic", "Plus", "Eco", "Family", "Mini", "Pro", "Soft", "Day", "Night", "Travel")
OWN_BRAND = "Promo Own"


def category_name(category: int) -> str:
    """
    >>> category_name(15), category_name(55)
    ('Coffee', 'Coffee 2')
    """
    turn, place = divmod(category, len(CATEGORIES))
    return CATEGORIES[place] if turn == 0 else f"{CATEGORIES[place]} {turn + 1}"


def department_name(department: int) -> str:
    turn, place = divmod(department, len(DEPARTMENTS))
    return DEPARTMENTS[place] if turn == 0 else f"{DEPARTMENTS[place]} {turn + 1}"


def brand_name(product: int, is_private: bool) -> str:
    return OWN_BRAND if is_private else BRANDS[product % len(BRANDS)]


def product_name(product: int, category: int, is_private: bool) -> str:
    """
    >>> product_name(7, 15, False)
    'Hazel Coffee Day 7'
    """
    return f"{brand_name(product, is_private)} {category_name(category)} {LINES[product % len(LINES)]} {product}"


def queries(category: int) -> tuple[str, ...]:
    """What people type who look for a category."""
    name = category_name(category).lower()
    return (name, f"{name} offer", f"cheap {name}", f"best {name}")
